/// A closed range of hashes whose owner differs between two rings. It never wraps: an arc over 0 is two ranges.
public struct MovedRange: Hashable, Sendable, CustomStringConvertible {
    /// The first hash of the range.
    public let first: UInt64
    /// The last hash of the range, included.
    public let last: UInt64
    /// The owner before; `nil` if there was none.
    public let from: NodeID?
    /// The owner after; `nil` if there is none.
    public let to: NodeID?

    /// A range; `first` is not after `last`.
    public init(first: UInt64, last: UInt64, from: NodeID?, to: NodeID?) {
        precondition(first <= last, "a range of the circle never wraps")
        self.first = first
        self.last = last
        self.from = from
        self.to = to
    }

    /// Whether `hash` lies in the range.
    public func contains(_ hash: UInt64) -> Bool {
        first <= hash && hash <= last
    }

    /// `first–last from→to`, as Ring v1 writes it.
    public var description: String {
        "\(Hex16.string(first))–\(Hex16.string(last)) \(from?.text ?? "none")→\(to?.text ?? "none")"
    }
}
