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
}
