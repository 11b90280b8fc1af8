/// Gathers changes that come close together, so that they become one epoch.
///
/// A window opens with its first change and closes when nothing came for `quiet`, at the latest `longest` after it
/// opened: twenty nodes that start together move each key once, and a steady trickle still gets through. With an urgent
/// change in it, it closes after a quarter of `quiet`, whatever else comes: users are cut off until then.
public struct ChangeWindow<Change: Sendable>: Sendable {
    /// How long to wait for another change.
    public let quiet: Duration
    /// How long the first change waits at most.
    public let longest: Duration
    private var changes: [Change] = []
    private var opened: Duration = .zero
    private var closes: Duration = .zero
    /// When it closes at the latest because of an urgent change.
    private var hurries: Duration?

    /// A closed window.
    public init(quiet: Duration = .milliseconds(200), longest: Duration = .seconds(1)) {
        self.quiet = quiet
        self.longest = longest
    }

    /// Puts a change into the window and opens it if it is closed.
    public mutating func add(_ change: Change, at now: Duration, isUrgent: Bool = false) {
        if changes.isEmpty { opened = now }
        if isUrgent, hurries == nil { hurries = now + quiet / 4 }
        changes.append(change)
        closes = min(now + quiet, opened + longest, hurries ?? opened + longest)
    }

    /// When the window closes; `nil` if it holds nothing.
    public var deadline: Duration? {
        changes.isEmpty ? nil : closes
    }

    /// The gathered changes if the window has closed by `now`, in their order; empty otherwise.
    public mutating func take(at now: Duration) -> [Change] {
        guard let deadline, now >= deadline else { return [] }
        defer { (changes, hurries) = ([], nil) }
        return changes
    }
}
