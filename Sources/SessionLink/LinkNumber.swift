/// The bound of the numbers that both ends of a link count on from: epochs, positions, numbers of messages.
public enum LinkNumber {
    /// 2^62. Nobody counts that far, and whoever adds one to what a hostile peer named does not overflow. What *clients*
    /// name must stay far below (2^53 - 1), or what their node counts on from it is refused here.
    public static let max: UInt64 = 1 << 62
}

/// Where a message stands in what a session was sent.
public struct LinkPosition: Sendable, Hashable {
    /// Bytes on the wire.
    public static let count = 16

    /// Counts owners.
    public let epoch: UInt64
    /// Counts what the owner sent.
    public let k: UInt64

    /// A position of these parts.
    public init(epoch: UInt64, k: UInt64) {
        self.epoch = epoch
        self.k = k
    }

    func write(_ fields: inout LinkFieldWriter) {
        fields.number(epoch)
        fields.number(k)
    }

    init(_ fields: inout LinkFieldReader) throws(LinkError) {
        epoch = try fields.counter()
        k = try fields.counter()
    }
}

extension SessionID {
    func write(_ fields: inout LinkFieldWriter) {
        fields.number(first)
        fields.number(second)
    }

    init(_ fields: inout LinkFieldReader) throws(LinkError) {
        self.init(first: try fields.number(), second: try fields.number())
    }
}
