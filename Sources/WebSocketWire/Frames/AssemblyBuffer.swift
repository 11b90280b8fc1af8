/// Where the parts of a message wait for its end. Owns no memory while empty, and grows by what has really arrived,
/// never by what was announced.
struct AssemblyBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer?
    private var capacity: UInt32 = 0
    private(set) var count: UInt32 = 0

    init() {}

    deinit { memory?.deallocate() }

    /// Bytes of heap held.
    var heldBytes: Int { Int(capacity) }

    /// What was appended so far.
    var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: memory, count: Int(count)) }

    /// Appends `part`. `expected` (the most that the message can become) only keeps the last growth from overshooting.
    /// `count + part.count` must stay below 2^31; the reader's limits see to that.
    mutating func append(_ part: UnsafeRawBufferPointer, expected: UInt32) {
        guard let source = part.baseAddress, part.count > 0 else { return }
        let total = UInt32(Int(count) + part.count)
        if total > capacity { grow(to: max(total, min(max(capacity * 2, 512), expected))) }
        guard let memory else { preconditionFailure("a buffer that just grew has memory") }
        (memory + Int(count)).copyMemory(from: source, byteCount: part.count)
        count = total
    }

    /// Gives the memory back.
    mutating func clear() {
        memory?.deallocate()
        memory = nil
        capacity = 0
        count = 0
    }

    private mutating func grow(to newCapacity: UInt32) {
        let grown = UnsafeMutableRawPointer.allocate(byteCount: Int(newCapacity), alignment: 16)
        if let memory {
            grown.copyMemory(from: memory, byteCount: Int(count))
            memory.deallocate()
        }
        memory = grown
        capacity = newCapacity
    }
}
