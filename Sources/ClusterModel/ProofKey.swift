/// What one run of a node tells the registry, and nobody else, when it registers: only who knows it can answer the
/// registry's call back.
///
/// It is kept in the memory of both, and nowhere else: not in Redis, not in a ring, not in a log.
public struct ProofKey: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// 256 bits.
    public static let count = 32

    /// Exactly `count` bytes.
    public let bytes: [UInt8]

    /// A key of given bytes; `nil` unless there are `count`.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == ProofKey.count else { return nil }
        self.bytes = bytes
    }

    /// A key from 64 hex digits; `nil` for anything else.
    public init?(hex: String) {
        let digits = hex.utf8.map(Self.digit)
        guard digits.count == 2 * ProofKey.count, !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        bytes = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    /// The key as 64 hex digits, for the registration and for nothing else.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Says that it is one, and never which.
    public var description: String { "a proof key" }
    /// No children, for `dump` and for whatever prints a value that holds this one.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Looks at all bytes, whatever the first of them are: how long it takes tells nothing.
    public static func == (left: ProofKey, right: ProofKey) -> Bool {
        zip(left.bytes, right.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
