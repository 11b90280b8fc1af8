import HashRing

/// Reads strict JSON (RFC 8259) straight from bytes, forward, one value after the other.
///
/// It makes nothing of what it reads: it says where values lie. Finding members therefore allocates nothing, and the
/// `data` of a message can be carried byte for byte. Stricter than many readers where the RFC leaves a choice: strings
/// are valid UTF-8, surrogates come in pairs, nesting ends at 32.
///
/// ```swift
/// var scanner = JSONScanner(bytes)
/// try scanner.beginObject()
/// while let name = try scanner.nextMember() {
///     let value = try scanner.value()     // or beginObject / beginArray, and go on inside
///     if scanner.text(of: name, is: "to") { to = scanner.text(of: value) }
/// }
/// try scanner.finish()
/// ```
///
/// The scanner borrows the bytes: it must not outlive the closure or the call that lent the pointer. Every access is
/// checked against their count, whatever the text says.
public struct JSONScanner {
    /// How deep objects and arrays may lie in each other.
    public static let maxDepth = 32

    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0
    private var depth = 0
    /// Whether the container just begun has had no member or element yet.
    private var atFirst = false

    /// A scanner before the first byte of `bytes`.
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    // MARK: Walking

    /// Steps into an object; `nextMember` then leads through it.
    public mutating func beginObject() throws(JSONError) {
        try begin(UInt8(ascii: "{"))
    }

    /// Steps into an array; `nextElement` then leads through it.
    public mutating func beginArray() throws(JSONError) {
        try begin(UInt8(ascii: "["))
    }

    /// The name of the next member, whose value must be read next; `nil` behind the last one, and the object is left.
    public mutating func nextMember() throws(JSONError) -> JSONValue? {
        guard try advance(to: UInt8(ascii: "}")) else { return nil }
        guard peek() == UInt8(ascii: "\"") else { throw unexpected() }
        let name = try string()
        skipSpace()
        guard peek() == UInt8(ascii: ":") else { throw unexpected() }
        offset += 1
        return name
    }

    /// Whether there is another element, which must be read next; `false` behind the last one, and the array is left.
    public mutating func nextElement() throws(JSONError) -> Bool {
        try advance(to: UInt8(ascii: "]"))
    }

    /// Reads one value whole, whatever it is.
    public mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        let start = offset
        switch peek() {
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextMember() != nil { _ = try value() }
            return JSONValue(.object, start..<offset)
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { _ = try value() }
            return JSONValue(.array, start..<offset)
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "t"): return try word("true", .true)
        case UInt8(ascii: "f"): return try word("false", .false)
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    /// Makes sure that nothing but white space follows.
    public mutating func finish() throws(JSONError) {
        skipSpace()
        guard depth == 0, offset == bytes.count else { throw unexpected() }
    }

    /// What kind of value comes next, without reading it.
    public mutating func nextKind() -> JSONValue.Kind? {
        skipSpace()
        switch peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"): return .true
        case UInt8(ascii: "f"): return .false
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"): return .number
        case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): return .number
        default: return nil
        }
    }

    // MARK: Structure

    private mutating func begin(_ bracket: UInt8) throws(JSONError) {
        skipSpace()
        guard let byte = peek() else { throw .unexpectedEnd }
        guard byte == bracket else { throw .wrongKind(offset: offset) }
        guard depth < Self.maxDepth else { throw .tooDeep(offset: offset) }
        depth += 1
        offset += 1
        atFirst = true
    }

    private mutating func advance(to end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        let first = atFirst
        atFirst = false
        guard let byte = peek() else { throw .unexpectedEnd }
        if byte == end {
            guard depth > 0 else { throw unexpected() }
            depth -= 1
            offset += 1
            return false
        }
        if first { return true }
        guard byte == UInt8(ascii: ",") else { throw unexpected() }
        offset += 1
        skipSpace()
        return true
    }

    mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
    }

    // MARK: Bytes

    /// The byte at the scanner's place; `nil` at the end.
    func peek() -> UInt8? {
        byte(at: offset)
    }

    /// The byte at `offset`; `nil` outside.
    func byte(at offset: Int) -> UInt8? {
        offset >= 0 && offset < bytes.count ? bytes[offset] : nil
    }

    /// Moves on; only ever by bytes that `peek` or `byte(at:)` has seen.
    mutating func skip(_ count: Int) {
        offset += count
    }

    /// The bytes of `range`, cut to those there are.
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: 0..<bytes.count)])
    }

    /// How many bytes the UTF-8 character at the scanner's place has; `nil` if there is none.
    func scalarLength() -> Int? {
        offset < bytes.count ? UTF8Scalar.length(in: bytes.bytes, at: offset) : nil
    }

    func unexpected() -> JSONError {
        offset >= bytes.count ? .unexpectedEnd : .unexpectedByte(offset: offset)
    }
}
