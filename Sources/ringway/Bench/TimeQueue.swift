/// Send times of messages under way, first in, first out. Allocates only to grow.
struct TimeQueue {
    private var buffer: [Int64]
    private var head = 0
    private(set) var count = 0

    /// Room for `capacity` times at first.
    init(capacity: Int) {
        var size = 4
        while size < capacity { size *= 2 }
        buffer = Array(repeating: 0, count: size)
    }

    mutating func push(_ time: Int64) {
        if count == buffer.count { grow() }
        buffer[(head + count) & (buffer.count - 1)] = time
        count += 1
    }

    mutating func pop() -> Int64? {
        guard count > 0 else { return nil }
        let time = buffer[head]
        head = (head + 1) & (buffer.count - 1)
        count -= 1
        return time
    }

    private mutating func grow() {
        var larger = Array(repeating: Int64(0), count: buffer.count * 2)
        for index in 0..<count { larger[index] = buffer[(head + index) & (buffer.count - 1)] }
        buffer = larger
        head = 0
    }
}
