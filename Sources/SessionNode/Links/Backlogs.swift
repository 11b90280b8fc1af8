/// Frames of legs that wait for credit or for room on their link. Only legs that wait have an entry, so idle ones cost nothing.
struct Backlogs {
    /// Bytes that may wait per session; a single message may be larger. Beyond it the session is closed with 4009.
    let bound: Int

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

    init(bound: Int = 1 << 20) { self.bound = bound }

    /// How much waits for whom; those with most first.
    var largestFirst: [(session: SessionRef, byteCount: Int)] {
        queues.map { ($0.key, $0.value.count) }.sorted { $0.1 > $1.1 }
    }

    /// Sessions with something waiting.
    var sessions: [SessionRef] { Array(queues.keys) }

    /// Appends the frames of a message, `count` bytes that `write` fills in; false if the bound is passed (nothing was appended).
    mutating func append(_ count: Int, to session: SessionRef, _ write: (UnsafeMutableRawBufferPointer) -> Void) -> Bool
    {
        var queue = queues.removeValue(forKey: session) ?? Queue()
        defer { if queue.count > 0 { queues[session] = queue } }
        guard queue.count == 0 || queue.count + count <= bound else { return false }
        let frames = [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            write(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[..<count]))
            filled = count
        }
        if queue.count == 0 {
            // The usual way to a large backlog is one large message: its frames are written once, and in place.
            queue.bytes = frames
            queue.head = 0
        } else {
            queue.bytes.append(contentsOf: frames)
        }
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
