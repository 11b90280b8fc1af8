/// Reads little-endian numbers and counted bytes from a payload. Every length is checked against what is left before
/// memory is touched, in release builds too.
public struct LinkFieldReader {
    private let bytes: UnsafeRawBufferPointer
    let kind: LinkKind
    private var position = 0

    /// A reader at the start of `bytes`; `kind` is named in errors.
    public init(_ bytes: UnsafeRawBufferPointer, kind: LinkKind) {
        self.bytes = bytes
        self.kind = kind
    }

    /// The next number.
    @inline(__always)
    public mutating func number<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _: Value.Type = Value.self
    ) throws(LinkError) -> Value {
        Value(littleEndian: try view(MemoryLayout<Value>.size).loadUnaligned(as: Value.self))
    }

    /// The next number, as one of the values of an enum.
    public mutating func value<Value: RawRepresentable>(_: Value.Type = Value.self) throws(LinkError) -> Value
    where Value.RawValue == UInt8 {
        guard let value = Value(rawValue: try number()) else { throw .unknownValue(kind) }
        return value
    }

    /// The next `count` bytes, as a view.
    public mutating func view(_ count: Int) throws(LinkError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - position else { throw .truncated(kind) }
        let view = UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
        position += count
        return view
    }

    /// Bytes with a 16 bit count in front.
    public mutating func shortBytes() throws(LinkError) -> UnsafeRawBufferPointer {
        try view(Int(try number(UInt16.self)))
    }

    /// Bytes with a 32 bit count in front.
    public mutating func longBytes() throws(LinkError) -> UnsafeRawBufferPointer {
        try view(Int(try number(UInt32.self)))
    }

    /// UTF-8 with a 16 bit count in front.
    public mutating func text() throws(LinkError) -> String {
        guard let text = String(validating: try shortBytes(), as: UTF8.self) else { throw .invalidText(kind) }
        return text
    }

    /// A number that is counted on from: at most `LinkNumber.max`, so that counting never overflows.
    @inline(__always)
    public mutating func counter() throws(LinkError) -> UInt64 {
        let number: UInt64 = try number()
        guard number <= LinkNumber.max else { throw .unknownValue(kind) }
        return number
    }

    /// Everything that is left.
    public mutating func rest() -> UnsafeRawBufferPointer {
        let view = UnsafeRawBufferPointer(rebasing: bytes[position...])
        position = bytes.count
        return view
    }

    func finish() throws(LinkError) {
        guard position == bytes.count else { throw .trailingBytes(kind) }
    }
}

/// Writes little-endian numbers and counted bytes into a payload.
public struct LinkFieldWriter {
    /// The most bytes behind a 16 bit count.
    public static let maxShortCount = Int(UInt16.max)

    private let bytes: UnsafeMutableRawBufferPointer
    private var position = 0

    /// A writer at the start of `bytes`.
    public init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    var isFull: Bool { position == bytes.count }

    /// A number.
    @inline(__always)
    public mutating func number<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ value: Value) {
        take(MemoryLayout<Value>.size).storeBytes(of: value.littleEndian, as: Value.self)
    }

    /// Bytes with a 16 bit count in front; at most `maxShortCount`.
    public mutating func shortBytes(_ view: UnsafeRawBufferPointer) {
        precondition(view.count <= LinkFieldWriter.maxShortCount, "too many bytes for a 16 bit count")
        number(UInt16(view.count))
        take(view.count).copyMemory(from: view)
    }

    /// Bytes with a 32 bit count in front.
    public mutating func longBytes(_ view: UnsafeRawBufferPointer) {
        number(UInt32(view.count))
        take(view.count).copyMemory(from: view)
    }

    /// The last field: bytes without a count.
    public mutating func rest(_ view: UnsafeRawBufferPointer) { take(view.count).copyMemory(from: view) }

    /// Bytes whose count both sides know.
    mutating func exactBytes(_ bytes: [UInt8]) { take(bytes.count).copyBytes(from: bytes) }

    /// UTF-8 with a 16 bit count in front.
    public mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { shortBytes(UnsafeRawBufferPointer($0)) }
    }

    private mutating func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(count <= bytes.count - position, "a write outside the payload")
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[position..<(position + count)])
        position += count
        return part
    }
}
