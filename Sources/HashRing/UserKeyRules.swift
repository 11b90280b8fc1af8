extension UserKey {
    /// What is wrong with `bytes` as a user, or `nil` if nothing is. Never allocates.
    public static func validate(_ bytes: UnsafeRawBufferPointer) -> UserKeyError? {
        validate(bytes.bytes)
    }

    /// What is wrong with `bytes` as a user, or `nil` if nothing is. Never allocates.
    public static func validate(_ bytes: RawSpan) -> UserKeyError? {
        guard bytes.byteCount > 0 else { return .empty }
        guard bytes.byteCount <= maxBytes else { return .tooLong(bytes: bytes.byteCount) }
        var offset = 0
        while offset < bytes.byteCount {
            let byte = bytes.byte(at: offset)
            if byte < 0x20 || byte == 0x7f { return .controlByte(offset: offset) }
            guard let length = bytes.lengthOfScalar(at: offset) else { return .invalidUTF8(offset: offset) }
            offset += length
        }
        return nil
    }
}

extension RawSpan {
    /// The byte at `offset`; traps outside.
    fileprivate func byte(at offset: Int) -> UInt8 {
        unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
    }

    /// How many bytes the well-formed UTF-8 scalar at `offset` has (Unicode 16, table 3-7); `nil` if it is none.
    fileprivate func lengthOfScalar(at offset: Int) -> Int? {
        let lead = byte(at: offset)
        // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
        let (length, second): (Int, ClosedRange<UInt8>)
        switch lead {
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
        guard offset + length <= byteCount, second.contains(byte(at: offset + 1)) else { return nil }
        for index in 2..<Swift.max(2, length) where byte(at: offset + index) & 0xc0 != 0x80 { return nil }
        return length
    }
}
