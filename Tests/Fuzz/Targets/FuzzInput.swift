/// What an input says: which variant of the target to run, how its bytes are spread over reads, and the bytes.
///
/// ```
/// byte 0      flags; each target says what its bits mean
/// byte 1      low four bits: how many sizes follow
/// sizes       bytes of each read less one, used round and round; without sizes every read has one byte
/// the rest    what the peer sends
/// ```
struct FuzzInput {
    let flags: UInt8
    private let sizes: [Int]
    /// What the peer sends.
    let payload: [UInt8]

    init(_ bytes: UnsafeRawBufferPointer) {
        flags = bytes.first ?? 0
        let count = bytes.count > 1 ? Int(bytes[1] & 15) : 0
        sizes = bytes.dropFirst(2).prefix(count).map { Int($0) + 1 }
        payload = Array(bytes.dropFirst(2 + count))
    }

    /// Whether bit `index` of the flags is set.
    func flag(_ index: UInt8) -> Bool { flags & 1 << index != 0 }

    /// The payload in reads, none of them empty.
    var reads: [ArraySlice<UInt8>] {
        var reads: [ArraySlice<UInt8>] = []
        var start = 0
        while start < payload.count {
            let size = sizes.isEmpty ? 1 : sizes[reads.count % sizes.count]
            let end = min(start + size, payload.count)
            reads.append(payload[start..<end])
            start = end
        }
        return reads
    }
}
