/// The 128 random bits that name a session wherever it is mentioned.
///
/// A gateway makes them for the sessions it carries, a node for those that come to its own port.
/// Whoever knows the bits names the session, so they are random and never counted up.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes an identity has on the wire.
    public static let byteCount = 16

    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the sixteen bytes of the wire, most significant first; `nil` if there are more or fewer.
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self.high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        self.low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Thirty-two lower-case hex digits, as `welcome.session` shows them.
    public var description: String {
        var text: [UInt8] = []
        appendHex(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the thirty-two hex digits, without building a `String` on the way.
    func appendHex(to text: inout [UInt8]) {
        for word in [high, low] {
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: (word >> UInt64(shift)) & 15)
                text.append(digit < 10 ? 48 + digit : 87 + digit)
            }
        }
    }
}
