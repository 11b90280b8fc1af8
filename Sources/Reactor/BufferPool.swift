import Glibc

/// A piece of memory from a `BufferPool`, or nothing.
struct PooledBuffer {
    var base: UnsafeMutableRawPointer?
    /// Bytes at `base`; 0 when there is none.
    var capacity: Int32 = 0
    /// Size class it goes back to; 255 = from malloc.
    var sizeClass: UInt8 = 0
}

/// Buffers of one loop, in size classes of powers of two from 256 B to 64 KiB, last in first out.
///
/// A socket holds a buffer only while bytes wait in it, so an idle socket costs none; the one just given back is still in the
/// cache when the next socket asks. Each class keeps at most 4 MiB; beyond that, and above 64 KiB, memory goes back to malloc.
struct BufferPool {
    private static let smallestShift = 8
    private static let classes = 9
    private static let keptBytesPerClass = 4 << 20

    private let free: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let kept: UnsafeMutablePointer<Int32>
    /// Behind a pointer like the rest, so that taking a buffer changes nothing of the pool's owner.
    private let lent: UnsafeMutablePointer<Int>

    /// Bytes of buffers that are out now.
    var lentBytes: Int { lent.pointee }

    init() {
        free = .allocate(capacity: Self.classes)
        free.initialize(repeating: nil, count: Self.classes)
        kept = .allocate(capacity: Self.classes)
        kept.initialize(repeating: 0, count: Self.classes)
        lent = .allocate(capacity: 1)
        lent.initialize(to: 0)
    }

    /// Memory for at least `count` bytes.
    func take(_ count: Int) -> PooledBuffer {
        let bits = count <= 256 ? 8 : Int.bitWidth - (count - 1).leadingZeroBitCount
        let sizeClass = bits - Self.smallestShift
        let capacity = 1 << bits
        lent.pointee += capacity
        if sizeClass < Self.classes, let head = free[sizeClass] {
            free[sizeClass] = head.load(as: UnsafeMutableRawPointer?.self)
            kept[sizeClass] -= 1
            return PooledBuffer(base: head, capacity: Int32(capacity), sizeClass: UInt8(sizeClass))
        }
        guard let base = malloc(capacity) else {
            preconditionFailure("out of memory for a socket buffer of \(capacity) bytes")
        }
        return PooledBuffer(
            base: base, capacity: Int32(capacity), sizeClass: sizeClass < Self.classes ? UInt8(sizeClass) : 255)
    }

    /// Takes the memory back; the buffer is empty afterwards.
    func give(_ buffer: inout PooledBuffer) {
        guard let base = buffer.base else { return }
        lent.pointee -= Int(buffer.capacity)
        let sizeClass = Int(buffer.sizeClass)
        let full = sizeClass >= Self.classes || Int(kept[sizeClass]) * Int(buffer.capacity) >= Self.keptBytesPerClass
        if full {
            Glibc.free(base)
        } else {
            base.storeBytes(of: free[sizeClass], as: UnsafeMutableRawPointer?.self)
            free[sizeClass] = base
            kept[sizeClass] += 1
        }
        buffer = PooledBuffer(base: nil)
    }

    /// Puts the `held` bytes from `head` on at the front of a buffer with room for `more` behind them.
    func grow(_ buffer: inout PooledBuffer, from head: Int32, holding held: Int, by more: Int) {
        var larger = take(held + more)
        if held > 0, let to = larger.base, let from = buffer.base { memcpy(to, from + Int(head), held) }
        swap(&buffer, &larger)
        give(&larger)
    }

    /// Gives everything back to malloc.
    func destroy() {
        for sizeClass in 0..<Self.classes {
            while let head = free[sizeClass] {
                free[sizeClass] = head.load(as: UnsafeMutableRawPointer?.self)
                Glibc.free(head)
            }
        }
        free.deallocate()
        kept.deallocate()
        lent.deallocate()
    }
}
