import CTLS

/// The key and accept value of RFC 6455 §4.2.2.
enum HandshakeKey {
    /// Characters of a key: 16 bytes in base64.
    static let count = 24

    /// Whether `key` is base64 of exactly 16 bytes.
    static func isValid(_ key: ArraySlice<UInt8>) -> Bool {
        key.count == count && key.prefix(22).allSatisfy(isBase64)
            && key.suffix(2).allSatisfy { $0 == UInt8(ascii: "=") }
    }

    /// A random key for one request; nil if the system gives no random bytes.
    static func random() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let result = bytes.withUnsafeMutableBufferPointer { ctls_random($0.baseAddress, $0.count) }
        return result == 0 ? base64(bytes) : nil
    }

    /// The `Sec-WebSocket-Accept` that belongs to `key`.
    static func accept(_ key: some Collection<UInt8>) -> [UInt8] {
        var input = Array(key)
        input.append("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        var digest = [UInt8](repeating: 0, count: 20)
        let result = digest.withUnsafeMutableBufferPointer { ctls_sha1(input, input.count, $0.baseAddress) }
        precondition(result == 0, "no WebSocket can be opened where OpenSSL may not compute SHA-1 (RFC 6455 §4.2.2)")
        return base64(digest)
    }

    /// RFC 4648 §4, padded.
    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let second = start + 1 < bytes.count ? bytes[start + 1] : 0
            let third = start + 2 < bytes.count ? bytes[start + 2] : 0
            text.append(digit(bytes[start] >> 2))
            text.append(digit((bytes[start] & 3) << 4 | second >> 4))
            text.append(start + 1 < bytes.count ? digit((second & 15) << 2 | third >> 6) : UInt8(ascii: "="))
            text.append(start + 2 < bytes.count ? digit(third & 63) : UInt8(ascii: "="))
        }
        return text
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + (value - 26)
        case 52..<62: UInt8(ascii: "0") + (value - 52)
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "+"),
            UInt8(ascii: "/"):
            true
        default: byte.isDigit
        }
    }
}
