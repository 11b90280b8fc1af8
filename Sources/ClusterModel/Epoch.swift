/// The version of one service's ring: 1...2^53-1, so that it stays exact in every JSON reader.
public struct Epoch: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The highest epoch there can be.
    public static let maxValue: UInt64 = (1 << 53) - 1
    /// The lowest epoch.
    public static let first = Epoch(unchecked: 1)

    /// The number.
    public let value: UInt64

    /// `nil` outside 1...2^53-1.
    public init?(_ value: UInt64) {
        guard (1...Self.maxValue).contains(value) else { return nil }
        self.value = value
    }

    private init(unchecked value: UInt64) {
        self.value = value
    }

    /// The epoch of the next document: above the stored one, above everything anyone reported, and at least the Unix
    /// time, so that it also rises after the store lost its data. `nil` if the numbers are used up.
    public static func next(stored: Epoch?, highestReported: Epoch?, unixMilliseconds: UInt64) -> Epoch? {
        Epoch(max((stored?.value ?? 0) + 1, (highestReported?.value ?? 0) + 1, unixMilliseconds))
    }

    /// Orders by age.
    public static func < (left: Epoch, right: Epoch) -> Bool {
        left.value < right.value
    }

    /// The number in decimal.
    public var description: String { String(value) }
}
