/// XXH64, the 64-bit variant of xxHash (not XXH3): the one hash of Ring v1, for keys, points and digests.
///
/// All reads go through `RawSpan`, so a wrong offset traps instead of reading past the bytes; for the short ids of
/// users these checks cost less than can be measured.
public enum XXHash64 {
    @usableFromInline static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    @usableFromInline static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    @usableFromInline static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    @usableFromInline static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    @usableFromInline static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    /// The hash of `bytes`. Never allocates; O(count).
    @inlinable
    public static func hash(_ bytes: RawSpan, seed: UInt64 = 0) -> UInt64 {
        let count = bytes.byteCount
        guard count < 32 else { return hashStripes(bytes, seed: seed) }
        return finish(seed &+ prime5 &+ UInt64(truncatingIfNeeded: count), tail: bytes, from: 0)
    }

    /// The hash of 32 bytes and more; apart from `hash`, so that the way of short keys saves no registers.
    @inlinable @inline(never)
    static func hashStripes(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
        let count = bytes.byteCount
        var lanes = Lanes(seed: seed)
        var offset = 0
        while count &- offset >= 32 {
            lanes.take(
                word(bytes, offset), word(bytes, offset &+ 8), word(bytes, offset &+ 16), word(bytes, offset &+ 24))
            offset &+= 32
        }
        return finish(lanes.merged &+ UInt64(truncatingIfNeeded: count), tail: bytes, from: offset)
    }

    /// Mixes in what lies behind the last whole stripe of 32 bytes, then spreads the bits.
    @inlinable @inline(__always)
    static func finish(_ hash: UInt64, tail: RawSpan, from start: Int) -> UInt64 {
        let count = tail.byteCount
        var offset = start
        var hash = hash
        while count &- offset >= 8 {
            hash = rotate(hash ^ round(0, word(tail, offset)), 27) &* prime1 &+ prime4
            offset &+= 8
        }
        if count &- offset >= 4 {
            let half = UInt64(UInt32(littleEndian: tail.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            hash = rotate(hash ^ (half &* prime1), 23) &* prime2 &+ prime3
            offset &+= 4
        }
        while offset < count {
            let byte = UInt64(tail.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self))
            hash = rotate(hash ^ (byte &* prime5), 11) &* prime1
            offset &+= 1
        }
        return avalanche(hash)
    }

    /// The hash of the bytes behind a pointer, as they lie in a receive buffer.
    @inlinable
    public static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        hash(bytes.bytes, seed: seed)
    }

    /// The hash of an array of bytes.
    @inlinable
    public static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
        hash(bytes.span.bytes, seed: seed)
    }

    @inlinable @inline(__always)
    static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inlinable @inline(__always)
    static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }

    @inlinable @inline(__always)
    static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotate(lane &+ word &* prime2, 31) &* prime1
    }

    @inlinable @inline(__always)
    static func avalanche(_ hash: UInt64) -> UInt64 {
        var hash = hash
        hash ^= hash &>> 33
        hash = hash &* prime2
        hash ^= hash &>> 29
        hash = hash &* prime3
        hash ^= hash &>> 32
        return hash
    }

    /// The four running sums of inputs of 32 bytes and more.
    @usableFromInline
    struct Lanes {
        @usableFromInline var first: UInt64
        @usableFromInline var second: UInt64
        @usableFromInline var third: UInt64
        @usableFromInline var fourth: UInt64

        @inlinable
        init(seed: UInt64) {
            first = seed &+ XXHash64.prime1 &+ XXHash64.prime2
            second = seed &+ XXHash64.prime2
            third = seed
            fourth = seed &- XXHash64.prime1
        }

        @inlinable @inline(__always)
        mutating func take(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
            first = XXHash64.round(first, a)
            second = XXHash64.round(second, b)
            third = XXHash64.round(third, c)
            fourth = XXHash64.round(fourth, d)
        }

        @inlinable
        var merged: UInt64 {
            var hash = XXHash64.rotate(first, 1) &+ XXHash64.rotate(second, 7)
            hash = hash &+ XXHash64.rotate(third, 12) &+ XXHash64.rotate(fourth, 18)
            hash = (hash ^ XXHash64.round(0, first)) &* XXHash64.prime1 &+ XXHash64.prime4
            hash = (hash ^ XXHash64.round(0, second)) &* XXHash64.prime1 &+ XXHash64.prime4
            hash = (hash ^ XXHash64.round(0, third)) &* XXHash64.prime1 &+ XXHash64.prime4
            hash = (hash ^ XXHash64.round(0, fourth)) &* XXHash64.prime1 &+ XXHash64.prime4
            return hash
        }
    }
}
