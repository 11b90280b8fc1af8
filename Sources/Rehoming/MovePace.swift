/// Which sessions may begin to move now: so many per second, and so many under way at most.
///
/// Planned moves and re-attachments after a crash share the budget. Whoever has no owner is urgent: of four slots three go to
/// urgent ones while there are any, so that a node that flaps does not hold up a drain. Within a kind first come, first served.
public struct MovePace<ID: Hashable & Sendable>: Sendable {
    /// How much of the rate may be used at once after a quiet time.
    public static var burst: Duration { .milliseconds(50) }

    struct Turn {
        let id: ID
        let ticket: UInt64
    }

    struct Line {
        var turns: [Turn] = []
        var head = 0
    }

    private enum Place {
        case waiting(ticket: UInt64, isUrgent: Bool)
        case moving
    }

    private var interval: Duration
    private var most: Int
    private var places: [ID: Place] = [:]
    private(set) var urgent = Line()
    private(set) var planned = Line()
    private var ticket: UInt64 = 0
    private var granted = 0
    /// When the next one may begin.
    private var due: Duration?
    /// How many are under way.
    public private(set) var moving = 0

    /// At most `perSecond` begin in a second (in the long run), and at most `inFlight` are under way.
    public init(perSecond: Int, inFlight: Int) {
        interval = .seconds(1) / max(1, perSecond)
        most = max(1, inFlight)
    }

    /// How many wait for their turn.
    public var waiting: Int { places.count - moving }

    /// Other settings from now on.
    public mutating func set(perSecond: Int, inFlight: Int) {
        interval = .seconds(1) / max(1, perSecond)
        most = max(1, inFlight)
    }

    /// That session wants to move; urgent if it has no owner now. Asking again can only make it urgent.
    public mutating func want(_ id: ID, isUrgent: Bool) {
        switch places[id] {
        case .moving, .waiting(_, isUrgent: true): return
        case .waiting where !isUrgent: return
        case .waiting, nil: break
        }
        ticket += 1
        places[id] = .waiting(ticket: ticket, isUrgent: isUrgent)
        if isUrgent {
            urgent.turns.append(Turn(id: id, ticket: ticket))
        } else {
            planned.turns.append(Turn(id: id, ticket: ticket))
        }
        compact()
    }

    /// That session has moved, or does not want to any more.
    public mutating func done(_ id: ID) {
        if case .moving = places.removeValue(forKey: id) { moving -= 1 }
    }

    /// Who begins now, in order.
    public mutating func next(now: Duration) -> [ID] {
        var begun: [ID] = []
        while moving < most, waiting > 0, due.map({ $0 <= now }) ?? true, let id = take() {
            places[id] = .moving
            moving += 1
            due = max(due ?? now - Self.burst, now - Self.burst) + interval
            begun.append(id)
        }
        return begun
    }

    /// When `next` has somebody; nil if only `want` or `done` can change that.
    public var deadline: Duration? {
        waiting > 0 && moving < most ? due ?? .zero : nil
    }

    private mutating func take() -> ID? {
        granted &+= 1
        let plannedFirst = granted % 4 == 0
        if plannedFirst, let id = Self.first(of: &planned, places) { return id }
        if let id = Self.first(of: &urgent, places) { return id }
        return plannedFirst ? nil : Self.first(of: &planned, places)
    }

    private static func first(of line: inout Line, _ places: [ID: Place]) -> ID? {
        while line.head < line.turns.count {
            let turn = line.turns[line.head]
            line.head += 1
            if isCurrent(turn, places) { return turn.id }
        }
        line = Line()
        return nil
    }

    private static func isCurrent(_ turn: Turn, _ places: [ID: Place]) -> Bool {
        guard case .waiting(turn.ticket, _) = places[turn.id] else { return false }
        return true
    }

    /// Those who left or became urgent leave turns behind; never more of them than of the others, or 64.
    private mutating func compact() {
        let turns = urgent.turns.count + planned.turns.count
        guard turns > 64, turns > 2 * waiting else { return }
        urgent = Line(turns: urgent.turns[urgent.head...].filter { Self.isCurrent($0, places) })
        planned = Line(turns: planned.turns[planned.head...].filter { Self.isCurrent($0, places) })
    }
}
