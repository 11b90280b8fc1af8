/// XOR with the four bytes of a frame's masking key (RFC 6455 §5.3).
///
/// Keys are held as the four bytes lie in memory: byte 0 of the key is the lowest byte of the number.
public enum Masking {
    /// Masks or unmasks in place, and tells whether the result holds a byte above 0x7f; ASCII needs no second look at
    /// its UTF-8. Eight bytes at a time; any alignment.
    @discardableResult
    public static func apply(_ key: UInt32, to bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        let wide = (UInt64(key) << 32 | UInt64(key)).littleEndian
        let count = bytes.count
        var seen: UInt64 = 0
        var index = 0
        // `index + 8 <= count` bounds every access of the first loop, `index < count` of the second.
        while count - index >= 8 {
            let plain = base.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wide
            base.storeBytes(of: plain, toByteOffset: index, as: UInt64.self)
            seen |= plain
            index += 8
        }
        var tail: UInt8 = 0
        while index < count {
            let plain = bytes[index] ^ UInt8(truncatingIfNeeded: key &>> UInt32(8 * (index & 3)))
            bytes[index] = plain
            tail |= plain
            index += 1
        }
        return (seen & 0x8080_8080_8080_8080) | UInt64(tail & 0x80) != 0
    }

    /// The key for what follows after `count` bytes of a payload.
    @inlinable
    public static func advance(_ key: UInt32, by count: Int) -> UInt32 {
        let shift = UInt32(8 * (count & 3))
        return shift == 0 ? key : key &>> shift | key &<< (32 - shift)
    }
}
