// `UnsafeRawBufferPointer` checks its subscripts in debug builds only. Everything in this module that touches bytes
// of a peer goes through these few functions, whose preconditions stay in release builds.

extension UnsafeRawBufferPointer {
    @inline(__always)
    func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < count, "a read outside the buffer")
        return self[offset]
    }

    /// `offset` and `length` must be inside the buffer; their sum is never formed before that is known.
    @inline(__always)
    func slice(at offset: Int, count length: Int) -> UnsafeRawBufferPointer {
        precondition(
            offset >= 0 && length >= 0 && offset <= count && length <= count - offset, "a slice outside the buffer")
        return UnsafeRawBufferPointer(rebasing: self[offset..<(offset + length)])
    }

    @inline(__always)
    func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value {
        Value(bigEndian: slice(at: offset, count: MemoryLayout<Value>.size).loadUnaligned(as: Value.self))
    }
}

extension UnsafeMutableRawBufferPointer {
    @inline(__always)
    func slice(at offset: Int, count length: Int) -> UnsafeMutableRawBufferPointer {
        precondition(
            offset >= 0 && length >= 0 && offset <= count && length <= count - offset, "a slice outside the buffer")
        return UnsafeMutableRawBufferPointer(rebasing: self[offset..<(offset + length)])
    }

    @inline(__always)
    func put(_ byte: UInt8, at offset: Int) {
        precondition(offset >= 0 && offset < count, "a write outside the buffer")
        self[offset] = byte
    }

    @inline(__always)
    func putBigEndian<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        slice(at: offset, count: MemoryLayout<Value>.size).storeBytes(of: value.bigEndian, as: Value.self)
    }
}
