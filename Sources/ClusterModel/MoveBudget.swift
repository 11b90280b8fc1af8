/// How fast the sessions of a service are carried to their new owners, so that a change of the ring is not its own storm.
///
/// Both bounds are kept by each gateway process on its own; live traffic comes first.
public struct MoveBudget: Hashable, Sendable {
    /// 2000 sessions a second, 256 under way.
    public static let standard = MoveBudget()
    /// What `perSecond` may be.
    public static let perSecondRange = 1...100_000
    /// What `inFlight` may be.
    public static let inFlightRange = 1...10_000

    /// Sessions per second that one gateway process begins to move.
    public let perSecond: Int
    /// Sessions that one gateway process has given up at their old owner and not yet got to the new one.
    public let inFlight: Int

    /// Checked values; the error names the setting.
    public init(perSecond: Int, inFlight: Int) throws(FieldError) {
        guard Self.perSecondRange.contains(perSecond) else {
            throw .invalid(Self.perSecondName, expected: "an integer in 1...100000")
        }
        guard Self.inFlightRange.contains(inFlight) else {
            throw .invalid(Self.inFlightName, expected: "an integer in 1...10000")
        }
        self.perSecond = perSecond
        self.inFlight = inFlight
    }

    private init() {
        perSecond = 2000
        inFlight = 256
    }

    /// What a document says; what it does not say, or says out of range, is as in `standard`.
    init(stated perSecond: Int?, inFlight: Int?) {
        let standard = Self()
        self.perSecond = perSecond.flatMap { Self.perSecondRange.contains($0) ? $0 : nil } ?? standard.perSecond
        self.inFlight = inFlight.flatMap { Self.inFlightRange.contains($0) ? $0 : nil } ?? standard.inFlight
    }

    /// The names of the two as settings and as members of the ring document.
    static let perSecondName = "move_rate"
    static let inFlightName = "moves_in_flight"
}
