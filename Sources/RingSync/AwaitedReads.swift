/// Who waits for a read of the store that began after they asked.
struct AwaitedReads {
    typealias Done = @Sendable () -> Void

    /// Those whose read is still to begin.
    private var next: [Done] = []
    /// Those whose read is under way.
    private var present: [Done] = []

    mutating func wait(_ done: @escaping Done) { next.append(done) }

    /// A read begins.
    mutating func begin() {
        present += next
        next = []
    }

    /// A read failed: its successor is waited for.
    mutating func fail() {
        next = present + next
        present = []
    }

    /// All reads are over. Returns those who are to be told.
    mutating func end() -> [Done] {
        defer { present = [] }
        return present
    }
}
