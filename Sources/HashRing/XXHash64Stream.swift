/// XXH64 over bytes that come in pieces: a table's text can be 150 MB, its digest must not need that much memory.
struct XXHash64Stream {
    /// How many bytes are gathered before their stripes are taken.
    private static let gathered = 4096

    private var lanes = XXHash64.Lanes(seed: 0)
    /// What belongs to no stripe taken so far.
    private var pending: [UInt8] = []
    private var total: UInt64 = 0

    /// Appends `piece` to what is hashed.
    mutating func append(_ piece: [UInt8]) {
        total &+= UInt64(piece.count)
        pending.append(contentsOf: piece)
        if pending.count >= Self.gathered { takeStripes() }
    }

    /// The hash of everything appended so far, with seed 0.
    func finished() -> UInt64 {
        guard total >= 32 else { return XXHash64.hash(pending) }
        var stream = self
        stream.takeStripes()
        return stream.mergedTail()
    }

    private mutating func takeStripes() {
        let whole = pending.count & ~31
        var lanes = lanes
        for offset in stride(from: 0, to: whole, by: 32) {
            let bytes = pending.span.bytes
            lanes.take(
                XXHash64.word(bytes, offset), XXHash64.word(bytes, offset + 8), XXHash64.word(bytes, offset + 16),
                XXHash64.word(bytes, offset + 24))
        }
        self.lanes = lanes
        pending.removeFirst(whole)
    }

    private func mergedTail() -> UInt64 {
        let tail = pending.span.bytes
        return XXHash64.finish(lanes.merged &+ total, tail: tail, from: 0)
    }
}
