extension JSONScanner {
    /// The bytes of a value as they were written. Valid as long as the scanned bytes are.
    public func raw(_ value: JSONValue) -> UnsafeRawBufferPointer {
        slice(value.range)
    }

    /// A copy of a value's bytes as they were written.
    public func copy(_ value: JSONValue) -> [UInt8] {
        Array(slice(value.range))
    }

    /// Whether `value` is a string that says `text`, escapes understood. Allocates only if there are escapes.
    public func text(of value: JSONValue, is text: StaticString) -> Bool {
        guard value.kind == .string else { return false }
        return text.withUTF8Buffer { wanted in
            value.hasEscapes
                ? unescaped(value)?.elementsEqual(wanted) ?? false
                : slice(value.range.lowerBound + 1..<value.range.upperBound - 1).elementsEqual(wanted)
        }
    }

    /// The bytes a string stands for, escapes resolved; `nil` if `value` is no string.
    public func unescaped(_ value: JSONValue) -> [UInt8]? {
        guard value.kind == .string else { return nil }
        let inside = value.range.lowerBound + 1..<value.range.upperBound - 1
        guard value.hasEscapes else { return Array(slice(inside)) }
        var result: [UInt8] = []
        result.reserveCapacity(inside.count)
        var offset = inside.lowerBound
        while offset < inside.upperBound, let byte = byte(at: offset) {
            if byte == UInt8(ascii: "\\"), let (scalar, length) = escape(at: offset) {
                result.append(contentsOf: String(scalar).utf8)
                offset += length
            } else {
                result.append(byte)
                offset += 1
            }
        }
        return result
    }

    /// The text of a string; `nil` if `value` is none.
    public func text(of value: JSONValue) -> String? {
        unescaped(value).map { String(decoding: $0, as: UTF8.self) }
    }

    /// An integer of 0...2^53-1 written in digits only; `nil` for every other value and form.
    public func integer(_ value: JSONValue) -> UInt64? {
        guard value.kind == .number, value.range.count <= 16 else { return nil }
        var number: UInt64 = 0
        for byte in slice(value.range) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return number <= Epoch.maxValue ? number : nil
    }
}
