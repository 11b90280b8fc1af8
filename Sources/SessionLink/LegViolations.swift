import ClusterModel

/// Counts the legs that were ended because the other side of their link broke a rule of their messages, and spreads the log
/// lines about it: whoever breaks rules does so often.
public struct LegViolations: Sendable {
    /// At most one line in this many nanoseconds.
    private static let pause: Int64 = 1_000_000_000

    /// Ended legs, by the code that says which rule it was.
    public private(set) var counts: [CloseCode: Int] = [:]
    private var lastLine: Int64?
    private var unsaid = 0

    /// None yet.
    public init() {}

    /// Counts one, at a time of a monotonic clock in nanoseconds.
    ///
    /// - Returns: how many went unsaid before it if there may be a line about it now, else nil.
    public mutating func note(_ code: CloseCode, at now: Int64) -> Int? {
        counts[code, default: 0] += 1
        if let lastLine, now - lastLine < Self.pause {
            unsaid += 1
            return nil
        }
        lastLine = now
        defer { unsaid = 0 }
        return unsaid
    }
}
