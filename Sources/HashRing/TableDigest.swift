extension Ring {
    /// The table's text form (Ring v1 §4): one line per point, hex16 of its position, a space, the node's id, a line
    /// feed. For people and tests; can be 150 MB at the limits.
    public var tableText: String {
        var text: [UInt8] = []
        forEachLine { text.append(contentsOf: $0) }
        return String(decoding: text, as: UTF8.self)
    }

    /// XXH64 with seed 0 of the text form: two readers with equal digests derived the same table. O(points).
    public var tableDigest: UInt64 {
        var stream = XXHash64Stream()
        forEachLine { stream.append($0) }
        return stream.finished()
    }

    private func forEachLine(_ body: ([UInt8]) -> Void) {
        let names = nodes.map { Array($0.text.utf8) }
        var line: [UInt8] = []
        for entry in 0..<index.count {
            line.removeAll(keepingCapacity: true)
            Hex16.append(index.positions[entry], to: &line)
            line.append(UInt8(ascii: " "))
            line.append(contentsOf: names[Int(index.owners[entry])])
            line.append(UInt8(ascii: "\n"))
            body(line)
        }
    }
}
