/// What a client sent and no node has dealt with yet: copies in one byte ring, in order, for the replay to the next owner.
///
/// The ring grows with what is kept and is freed when nothing is: an idle session costs no heap. A message that was taken out
/// of order leaves a hole, which counts for no bound; when holes are more than half of the ring it is written anew.
public struct UpstreamWindow: Sendable {
    /// Before each message: its length with two flags, and its number.
    private static let headerBytes = 12
    private static let textFlag: UInt32 = 1 << 31
    private static let takenFlag: UInt32 = 1 << 30
    /// Rings up to this size are neither shrunk nor rid of holes.
    private static let smallBytes = 4096
    /// The first ring of a session that was idle: room for a few ordinary messages.
    private static let firstBytes = 512

    private var ring: [UInt8] = []
    private var head = 0
    private var used = 0
    private var holes = 0
    /// Messages that wait.
    public private(set) var count = 0
    /// Their bytes.
    public private(set) var bytes = 0
    /// The number of the next message.
    public private(set) var nextNumber: UInt64 = 1
    /// All up to here were sent at least once.
    public private(set) var sentThrough: UInt64 = 0

    /// A window without messages.
    public init() {}

    /// Whether nothing waits.
    public var isEmpty: Bool { count == 0 }

    /// Bytes of the heap that the ring takes.
    public var capacity: Int { ring.count }

    /// Keeps a copy and gives the message its number; nil, and nothing kept, if that would be over the bounds. One message alone
    /// may be longer than `maxBytes`.
    public mutating func append(
        _ message: UnsafeRawBufferPointer, isText: Bool, maxMessages: Int, maxBytes: Int
    ) -> UInt64? {
        precondition(message.count < Int(Self.takenFlag), "a message of a gigabyte passed the gateway's bound")
        let isRoom = count == 0 || (count < maxMessages && bytes + message.count <= maxBytes)
        guard isRoom || !RehomingRule.windowBounded.holds else { return nil }
        let n = nextNumber
        nextNumber += 1
        reserve(Self.headerBytes + message.count)
        writeRecord(length: UInt32(message.count) | (isText ? Self.textFlag : 0), n: n, message)
        count += 1
        bytes += message.count
        return n
    }

    /// All up to that number have been sent.
    public mutating func sent(through n: UInt64) { sentThrough = max(sentThrough, n) }

    /// These were dealt with. Numbers that were never sent are not believed.
    public mutating func take(through: UInt64, also: [UInt64]) {
        if !also.isEmpty { markTaken(also.count > 1 ? also.sorted() : also) }
        while used > 0 {
            let record = record(at: head)
            guard record.isTaken || record.n <= min(through, sentThrough) else { break }
            if record.isTaken {
                holes -= record.size
            } else {
                count -= 1
                bytes -= record.length
            }
            head = (head + record.size) & (ring.count - 1)
            used -= record.size
        }
        tidy()
    }

    /// Everything that waits, in order; `isAgain` if it was sent before. It all counts as sent from now on.
    public mutating func replay(_ body: (_ n: UInt64, _ isAgain: Bool, _ isText: Bool, _ bytes: [UInt8]) -> Void) {
        forEach { record, at in
            guard !record.isTaken else { return }
            body(record.n, record.n <= sentThrough, record.isText, copy(record, at: at))
        }
        sentThrough = nextNumber - 1
    }
}

// The records in the ring.
extension UpstreamWindow {
    private struct Record {
        let word: UInt32
        let n: UInt64

        var isText: Bool { word & UpstreamWindow.textFlag != 0 }
        var isTaken: Bool { word & UpstreamWindow.takenFlag != 0 }
        var length: Int { Int(word & (UpstreamWindow.takenFlag - 1)) }
        var size: Int { UpstreamWindow.headerBytes + length }
    }

    private func record(at offset: Int) -> Record {
        var header: (UInt32, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &header.0) { read(into: $0, at: offset) }
        withUnsafeMutableBytes(of: &header.1) { read(into: $0, at: offset + 4) }
        return Record(word: header.0, n: header.1)
    }

    private func copy(_ record: Record, at offset: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: record.length) { space, filled in
            filled = record.length
            read(
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(space)[..<filled]),
                at: offset + Self.headerBytes)
        }
    }

    private func forEach(_ body: (Record, _ offset: Int) -> Void) {
        var done = 0
        while done < used {
            let offset = head + done
            let record = record(at: offset)
            body(record, offset)
            done += record.size
        }
    }

    private mutating func markTaken(_ numbers: [UInt64]) {
        var next = 0
        var done = 0
        while done < used, next < numbers.count {
            let record = record(at: head + done)
            while next < numbers.count, numbers[next] < record.n { next += 1 }
            if next < numbers.count, numbers[next] == record.n, !record.isTaken, record.n <= sentThrough {
                let word = record.word | Self.takenFlag
                withUnsafeBytes(of: word) { write($0, at: head + done) }
                holes += record.size
                count -= 1
                bytes -= record.length
            }
            done += record.size
        }
    }

    private mutating func writeRecord(length word: UInt32, n: UInt64, _ message: UnsafeRawBufferPointer) {
        let end = head + used
        withUnsafeBytes(of: word) { write($0, at: end) }
        withUnsafeBytes(of: n) { write($0, at: end + 4) }
        write(message, at: end + Self.headerBytes)
        used += Self.headerBytes + message.count
    }
}

// The ring's bytes: its size is a power of two, offsets count on and are cut to it.
extension UpstreamWindow {
    private func read(into space: UnsafeMutableRawBufferPointer, at offset: Int) {
        guard !space.isEmpty else { return }
        ring.withUnsafeBytes { ring in
            let from = offset & (ring.count - 1)
            let first = min(space.count, ring.count - from)
            space.copyMemory(from: UnsafeRawBufferPointer(rebasing: ring[from..<from + first]))
            if first < space.count {
                UnsafeMutableRawBufferPointer(rebasing: space[first...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: ring[..<(space.count - first)]))
            }
        }
    }

    private mutating func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
        ring.withUnsafeMutableBytes { ring in
            let from = offset & (ring.count - 1)
            let first = min(source.count, ring.count - from)
            UnsafeMutableRawBufferPointer(rebasing: ring[from..<from + first])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<first]))
            if first < source.count {
                ring.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[first...]))
            }
        }
    }

    /// Makes room for that many more bytes.
    private mutating func reserve(_ more: Int) {
        if used + more > ring.count { rebuild(room: more) }
    }

    /// Frees the ring, or makes it smaller, when it is mostly air.
    private mutating func tidy() {
        if count == 0 {
            (ring, head, used, holes) = ([], 0, 0, 0)
        } else if ring.count > Self.smallBytes, holes > used / 2 || used < ring.count / 8 {
            rebuild(room: 0)
        }
    }

    /// A new ring without holes, with that much room.
    private mutating func rebuild(room: Int) {
        let live = used - holes
        var size = Self.firstBytes
        while size < live + room { size *= 2 }
        var new = [UInt8](repeating: 0, count: size)
        var filled = 0
        new.withUnsafeMutableBytes { new in
            guard holes > 0 else {
                filled = used
                return read(into: UnsafeMutableRawBufferPointer(rebasing: new[..<used]), at: head)
            }
            forEach { record, offset in
                guard !record.isTaken else { return }
                read(into: UnsafeMutableRawBufferPointer(rebasing: new[filled..<filled + record.size]), at: offset)
                filled += record.size
            }
        }
        (ring, head, used, holes) = (new, 0, filled, 0)
    }
}
