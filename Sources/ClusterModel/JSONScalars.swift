extension JSONScanner {
    /// A string, with everything in it checked.
    mutating func string() throws(JSONError) -> JSONValue {
        let start = offset
        var hasEscapes = false
        skip(1)
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                skip(1)
                return JSONValue(.string, start..<offset, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                guard let (_, length) = escape(at: offset) else { throw .invalidString(offset: offset) }
                skip(length)
            case 0x00..<0x20:
                throw .invalidString(offset: offset)
            case 0x20..<0x80:
                skip(1)
            default:
                guard let length = scalarLength() else { throw .invalidUTF8(offset: offset) }
                skip(length)
            }
        }
        throw .unexpectedEnd
    }

    /// A number in the form of the RFC: no leading zero or plus, digits on both sides of a point.
    mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        if peek() == UInt8(ascii: "-") { skip(1) }
        if peek() == UInt8(ascii: "0") {
            skip(1)
        } else {
            try digits()
        }
        if peek() == UInt8(ascii: ".") {
            skip(1)
            try digits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            skip(1)
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { skip(1) }
            try digits()
        }
        return JSONValue(.number, start..<offset)
    }

    private mutating func digits() throws(JSONError) {
        guard let first = peek(), isDigit(first) else { throw unexpected() }
        while let byte = peek(), isDigit(byte) { skip(1) }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// `true`, `false` or `null`.
    mutating func word(_ text: StaticString, _ kind: JSONValue.Kind) throws(JSONError) -> JSONValue {
        let start = offset
        let length = text.utf8CodeUnitCount
        let found = slice(start..<start + length)
        guard text.withUTF8Buffer({ found.elementsEqual($0) }) else { throw unexpected() }
        skip(length)
        return JSONValue(kind, start..<offset)
    }

    /// The character that the escape at `offset` stands for, and how many bytes the escape has.
    func escape(at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        switch byte(at: offset + 1) {
        case UInt8(ascii: "\""): return ("\"", 2)
        case UInt8(ascii: "\\"): return ("\\", 2)
        case UInt8(ascii: "/"): return ("/", 2)
        case UInt8(ascii: "b"): return ("\u{8}", 2)
        case UInt8(ascii: "f"): return ("\u{c}", 2)
        case UInt8(ascii: "n"): return ("\n", 2)
        case UInt8(ascii: "r"): return ("\r", 2)
        case UInt8(ascii: "t"): return ("\t", 2)
        case UInt8(ascii: "u"): break
        default: return nil
        }
        guard let unit = hex4(at: offset + 2) else { return nil }
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        // Half a pair: the other half has to follow.
        guard (0xd800...0xdbff).contains(unit), byte(at: offset + 6) == UInt8(ascii: "\\"),
            byte(at: offset + 7) == UInt8(ascii: "u"), let low = hex4(at: offset + 8),
            (0xdc00...0xdfff).contains(low), let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + low - 0xdc00)
        else { return nil }
        return (scalar, 12)
    }

    private func hex4(at offset: Int) -> UInt32? {
        var value: UInt32 = 0
        for index in 0..<4 {
            switch byte(at: offset + index) {
            case let digit? where isDigit(digit): value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
            case let letter? where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(letter | 0x20):
                value = value << 4 | UInt32((letter | 0x20) - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
