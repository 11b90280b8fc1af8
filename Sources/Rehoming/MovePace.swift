/// Which sessions may begin to move now: so many per second, and so many under way at most.
public struct MovePace<ID: Hashable & Sendable>: Sendable {
    /// At most `perSecond` begin in a second, and at most `inFlight` are under way.
    public init(perSecond: Int, inFlight: Int) {}

    /// That session wants to move; urgent if it has no owner now. Asking again may make it urgent.
    public mutating func want(_ id: ID, isUrgent: Bool) {}

    /// That session has moved, or does not want to any more.
    public mutating func done(_ id: ID) {}

    /// Who begins now.
    public mutating func next(now: Duration) -> [ID] { [] }

    /// When `next` has somebody again; nil if only `done` or `want` can change that.
    public func deadline(now: Duration) -> Duration? { nil }
}
