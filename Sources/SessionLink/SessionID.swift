/// Names a session: 128 random bits, so that ids of different gateways never meet and can't be guessed.
public struct SessionID: Sendable, Hashable, CustomStringConvertible {
    /// The first eight bytes on the wire, little endian.
    public let first: UInt64
    /// The last eight bytes on the wire, little endian.
    public let second: UInt64

    /// An id of these bits.
    public init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    /// A new id from the system's cryptographic generator.
    public static func random() -> SessionID {
        var generator = SystemRandomNumberGenerator()
        return SessionID(first: generator.next(), second: generator.next())
    }

    /// 32 hex digits.
    public var description: String { SessionID.hex(first) + SessionID.hex(second) }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
