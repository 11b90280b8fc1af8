import HashRing

/// Writes JSON into bytes: one object or array at a time, members in the order they are given.
public struct JSONWriter {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// A writer that wrote nothing.
    public init() {}

    /// Opens an object, as a value or, with a name, as a member.
    public mutating func beginObject(_ name: StaticString? = nil) {
        begin(name)
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    /// Closes the object.
    public mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// Opens an array, as a value or, with a name, as a member.
    public mutating func beginArray(_ name: StaticString? = nil) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    /// Closes the array.
    public mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// A text.
    public mutating func string(_ name: StaticString? = nil, _ text: String) {
        begin(name)
        Self.append(text.utf8, to: &bytes)
    }

    /// A text given as UTF-8, for instance a user's bytes. The caller vouches for the UTF-8.
    public mutating func string(_ name: StaticString? = nil, utf8: [UInt8]) {
        begin(name)
        Self.append(utf8, to: &bytes)
    }

    /// A number; above 2^53-1 readers may lose digits, so such values travel as text.
    public mutating func integer(_ name: StaticString? = nil, _ number: UInt64) {
        begin(name)
        bytes.append(contentsOf: String(number).utf8)
    }

    /// `true` or `false`.
    public mutating func boolean(_ name: StaticString? = nil, _ value: Bool) {
        begin(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// A value that is JSON already, byte for byte. The caller vouches for it.
    public mutating func raw(_ name: StaticString? = nil, _ json: some Sequence<UInt8>) {
        begin(name)
        bytes.append(contentsOf: json)
    }

    private mutating func begin(_ name: StaticString?) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        guard let name else { return }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// Appends UTF-8 as a JSON string with its quotes; escapes what has to be, nothing else.
    public static func append(_ utf8: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0a: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case 0x0d: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
            case 0x09: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
            case 0x00..<0x20:
                bytes.append(contentsOf: Array(byte < 0x10 ? "\\u000".utf8 : "\\u00".utf8))
                bytes.append(contentsOf: String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
