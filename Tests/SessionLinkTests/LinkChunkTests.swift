import ClusterModel
import Testing

@testable import SessionLink

@Suite("Chunks of large messages")
struct LinkChunkTests {
    let leg = LegID(rawValue: 0x0100_0001)

    /// All frames of a message, as they lie on the link.
    func frames(_ kind: LinkKind, leg: LegID, _ message: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: LinkChunk.frameCount(messageCount: message.count))
        let written = bytes.withUnsafeMutableBytes { bytes in
            message.withUnsafeBytes { LinkChunk.writeAll(kind, leg: leg, $0, into: bytes) }
        }
        #expect(written == bytes.count, "frameCount is what writeAll fills")
        return bytes
    }

    /// Puts messages of several legs together again as their readers do.
    func assemble(_ bytes: [UInt8]) throws -> [LegID: [[UInt8]]] {
        var whole: [LegID: [[UInt8]]] = [:]
        var parts: [LegID: [UInt8]] = [:]
        var orders: [LegID: ChunkOrder] = [:]
        try bytes.withUnsafeBytes { bytes in
            var offset = 0
            while let frame = try LinkFrame.next(bytes, offset: &offset) {
                switch orders[frame.leg, default: ChunkOrder()].take(frame.header) {
                case .whole?: whole[frame.leg, default: []].append(Array(frame.payload))
                case .first?: parts[frame.leg] = Array(frame.payload)
                case .middle?: parts[frame.leg, default: []] += frame.payload
                case .last?:
                    whole[frame.leg, default: []].append((parts[frame.leg] ?? []) + frame.payload)
                    parts[frame.leg] = nil
                case nil: Issue.record("a chunk was refused")
                }
            }
            #expect(offset == bytes.count)
        }
        #expect(parts.isEmpty && orders.values.allSatisfy { !$0.isOpen })
        return whole
    }

    @Test func `A chunk with its header costs a quarter of the window`() {
        #expect(Credit.cost(payloadCount: LinkChunk.size) == Int(Credit.window) / 4)
    }

    @Test func `A message of any size is as many full chunks as it takes, and comes back the same`() throws {
        let size = LinkChunk.size
        for count in [0, 1, size - 1, size, size + 1, 2 * size - 1, 2 * size, 2 * size + 1, 1 << 20] {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let bytes = frames(.binary, leg: leg, message)
            #expect(bytes.count == count + max(1, (count + size - 1) / size) * LinkHeader.count)
            #expect(try assemble(bytes) == [leg: [message]], "\(count) bytes")
        }
    }

    @Test func `Legs interleave between chunks and each keeps its order`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var queues: [LegID: [[UInt8]]] = [:]
            var expected: [LegID: [[UInt8]]] = [:]
            for number in 1...4 as ClosedRange<UInt32> {
                let leg = LegID(rawValue: 1 << 24 | number)
                for _ in 0..<3 {
                    let count = Int.random(in: 0...(3 * LinkChunk.size), using: &generator)
                    let message = [UInt8](repeating: UInt8.random(in: 0...255, using: &generator), count: count)
                    expected[leg, default: []].append(message)
                    queues[leg, default: []] += split(frames(.text, leg: leg, message))
                }
            }
            var bytes: [UInt8] = []
            while let leg = queues.keys.sorted(by: { $0.rawValue < $1.rawValue }).randomElement(using: &generator) {
                bytes += queues[leg]?.removeFirst() ?? []
                if queues[leg]?.isEmpty ?? true { queues[leg] = nil }
            }
            #expect(try assemble(bytes) == expected, "seed \(seed)")
        }
    }

    private func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let count = Int(bytes[start]) | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2]) << 16
            frames.append(Array(bytes[start..<start + LinkHeader.count + count]))
            start += LinkHeader.count + count
        }
        return frames
    }

    private func header(_ kind: LinkKind, _ count: Int, more: Bool, bits: UInt8 = 0) -> LinkHeader {
        LinkHeader(kind, leg: leg, payloadCount: count, flags: bits | (more ? LinkHeader.moreFlag : 0))
    }

    @Test func `A message in one frame needs no more than its flag`() {
        var order = ChunkOrder()
        #expect(MemoryLayout<ChunkOrder>.size == 1)
        for kind in [LinkKind.text, .binary, .text] {
            #expect(order.take(header(kind, 5, more: false)) == .whole)
            #expect(order.take(header(kind, 0, more: false, bits: 0xfe)) == .whole, "other flags have no meaning")
        }
        #expect(!order.isOpen)
    }

    @Test func `The places of chunks follow from their flags`() {
        var order = ChunkOrder()
        #expect(order.take(header(.text, LinkChunk.size, more: true)) == .first)
        #expect(order.isOpen)
        #expect(order.take(header(.text, LinkChunk.size, more: true)) == .middle)
        #expect(order.take(header(.text, 1, more: false)) == .last)
        #expect(order.take(header(.binary, 1, more: false)) == .whole)
    }

    @Test func `A kind that changes between chunks is refused`() {
        for more in [true, false] {
            var order = ChunkOrder()
            #expect(order.take(header(.text, LinkChunk.size, more: true)) == .first)
            #expect(order.take(header(.binary, LinkChunk.size, more: more)) == nil)
        }
    }

    @Test func `A chunk that is not full may have none behind it, so their number is bounded by their bytes`() {
        for count in [0, 1, LinkChunk.size - 1] {
            var order = ChunkOrder()
            #expect(order.take(header(.text, count, more: true)) == nil)
            order = ChunkOrder()
            #expect(order.take(header(.text, LinkChunk.size, more: true)) == .first)
            #expect(order.take(header(.text, count, more: true)) == nil)
        }
    }

    @Test func `No order of frames traps or ends in a state from which nothing goes on`() {
        for seed in 0..<2000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var order = ChunkOrder()
            for _ in 0..<50 {
                let count = Bool.random(using: &generator) ? LinkChunk.size : Int.random(in: 0...9, using: &generator)
                let kind = Bool.random(using: &generator) ? LinkKind.text : .binary
                let isOpen = order.isOpen
                let place = order.take(
                    header(kind, count, more: Bool.random(using: &generator), bits: UInt8(seed & 0xfe)))
                switch place {
                case .whole?: #expect(!isOpen && !order.isOpen, "seed \(seed)")
                case .first?: #expect(!isOpen && order.isOpen, "seed \(seed)")
                case .middle?: #expect(isOpen && order.isOpen, "seed \(seed)")
                case .last?: #expect(isOpen && !order.isOpen, "seed \(seed)")
                case nil: order = ChunkOrder()
                }
            }
        }
    }

    @Test func `Broken rules are all counted and said once a second`() {
        var violations = LegViolations()
        let second: Int64 = 1_000_000_000
        #expect(violations.note(.invalidText, at: 5 * second) == 0)
        for _ in 0..<7 { #expect(violations.note(.messageTooBig, at: 6 * second - 1) == nil) }
        #expect(violations.note(.invalidText, at: 6 * second) == 7)
        #expect(violations.note(.invalidText, at: 7 * second) == 0)
        #expect(violations.counts == [.invalidText: 3, .messageTooBig: 7])
    }
}
