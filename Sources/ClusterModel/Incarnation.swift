/// One run of a node: 0...2^53-1, higher for a later run. It changes when the process lost its sessions.
public struct Incarnation: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What a node has that says nothing of it.
    public static let unknown = Incarnation()

    /// The number; usually the Unix time in milliseconds of the process's start.
    public let value: UInt64

    /// `nil` above 2^53-1.
    public init?(_ value: UInt64) {
        guard value <= Epoch.maxValue else { return nil }
        self.value = value
    }

    private init() {
        value = 0
    }

    /// Orders by start.
    public static func < (left: Incarnation, right: Incarnation) -> Bool {
        left.value < right.value
    }

    /// The number in decimal.
    public var description: String { String(value) }
}
