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
            let byte = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
            if byte < 0x20 || byte == 0x7f { return .controlByte(offset: offset) }
            guard let length = UTF8Scalar.length(in: bytes, at: offset) else { return .invalidUTF8(offset: offset) }
            offset += length
        }
        return nil
    }
}
