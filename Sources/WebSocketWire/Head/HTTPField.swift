/// One header field of an answer or request that we write.
public struct HTTPField: Sendable, Hashable {
    /// The field's name, a token.
    public let name: String
    /// The field's value.
    public let value: String

    /// A field. Control bytes in either part become spaces, so that no value can start a line of its own.
    public init(_ name: String, _ value: String) {
        self.name = HTTPField.singleLine(name)
        self.value = HTTPField.singleLine(value)
    }

    private static func singleLine(_ text: String) -> String {
        let isControl = { (byte: UInt8) in byte < 0x20 || byte == 0x7f }
        guard text.utf8.contains(where: isControl) else { return text }
        return String(decoding: text.utf8.map { isControl($0) ? 0x20 : $0 }, as: UTF8.self)
    }
}

extension [UInt8] {
    mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    mutating func append(_ field: HTTPField) {
        append(field.name)
        append(": ")
        append(field.value)
        append("\r\n")
    }

    /// `text` as a JSON string with its quotes (RFC 8259 §7).
    mutating func appendJSONString(_ text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                append("\\u00")
                append(Base16.lowercase(byte >> 4))
                append(Base16.lowercase(byte & 15))
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}

enum Base16 {
    /// The digit of a value below 16.
    static func lowercase(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + (value - 10)
    }
}
