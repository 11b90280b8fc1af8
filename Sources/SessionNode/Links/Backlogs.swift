/// Frames of legs that wait for credit or for room on their link. Only legs that wait have an entry, so idle ones cost nothing.
struct Backlogs {
    /// Bytes that may wait per session; a single message may be larger. Beyond it the session is closed with 4009.
    static let bound = 1 << 20

    private struct Queue {
        /// Whole frames, one behind the other.
        var bytes: [UInt8] = []
        /// Where the first frame that waits begins.
        var head = 0

        var count: Int { bytes.count - head }
    }

    private var queues: [SessionRef: Queue] = [:]
    /// Bytes that wait, over all legs.
    private(set) var byteCount = 0

    /// Sessions with something waiting.
    var sessions: [SessionRef] { Array(queues.keys) }

    /// Appends a frame of `count` bytes that `write` fills in; false if the bound is passed (nothing was appended).
    mutating func append(_ count: Int, to session: SessionRef, _ write: (UnsafeMutableRawBufferPointer) -> Void) -> Bool
    {
        var queue = queues.removeValue(forKey: session) ?? Queue()
        defer { if queue.count > 0 { queues[session] = queue } }
        guard queue.count == 0 || queue.count + count <= Self.bound else { return false }
        let start = queue.bytes.count
        queue.bytes.append(contentsOf: repeatElement(0, count: count))
        queue.bytes.withUnsafeMutableBytes { write(UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
        byteCount += count
        return true
    }

    /// Shows what waits for a session to `take`, which says how many bytes from the front it took over.
    /// - Returns: whether anything still waits.
    mutating func drain(_ session: SessionRef, _ take: (UnsafeRawBufferPointer) -> Int) -> Bool {
        guard var queue = queues.removeValue(forKey: session) else { return false }
        let taken = queue.bytes.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[queue.head...])) }
        queue.head += taken
        byteCount -= taken
        guard queue.count > 0 else { return false }
        // Moving the rest to the front only when half is gone keeps the work linear in what goes through.
        if queue.head > queue.bytes.count / 2 {
            queue.bytes.removeFirst(queue.head)
            queue.head = 0
        }
        queues[session] = queue
        return true
    }

    /// Drops what waits for a session.
    mutating func remove(_ session: SessionRef) {
        guard let queue = queues.removeValue(forKey: session) else { return }
        byteCount -= queue.count
    }
}
