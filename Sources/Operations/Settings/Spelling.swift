/// Finds what somebody probably meant.
enum Spelling {
    /// The candidate that differs from `word` in at most two letters (one for very short words), or `nil`.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let limit = word.count < 4 ? 1 : 2
        let scored = candidates.map { (name: $0, distance: distance(Array(word), Array($0))) }
        return scored.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.name
    }

    /// Edits (insert, delete, replace) from one word to the other, by Wagner and Fischer with one row kept.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard left.count <= 64, right.count <= 64 else { return Int.max }
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (character == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
