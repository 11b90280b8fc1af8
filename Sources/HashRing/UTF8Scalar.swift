/// The one place that knows which bytes are a character in UTF-8 (Unicode, table 3-7).
public enum UTF8Scalar {
    /// How many bytes the well-formed character at `offset` has, 1...4; `nil` if the bytes there are none.
    ///
    /// `offset` lies inside `bytes`.
    public static func length(in bytes: RawSpan, at offset: Int) -> Int? {
        // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
        let (length, second): (Int, ClosedRange<UInt8>)
        switch byte(bytes, offset) {
        case 0x00...0x7f: return 1
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return nil
        }
        guard offset + length <= bytes.byteCount, second.contains(byte(bytes, offset + 1)) else { return nil }
        for index in 2..<max(2, length) where byte(bytes, offset + index) & 0xc0 != 0x80 { return nil }
        return length
    }

    private static func byte(_ bytes: RawSpan, _ offset: Int) -> UInt8 {
        bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
    }
}
