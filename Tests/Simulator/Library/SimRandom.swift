/// SplitMix64: all chance of a schedule comes from one seed.
struct SimRandom {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number of the range.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// A moment or a span of the range, in microseconds.
    mutating func span(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// Whether something of that probability happens.
    mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    /// One of the elements; there must be one.
    mutating func element<T>(_ elements: [T]) -> T {
        elements[pick(0...elements.count - 1)]
    }

    mutating func shuffled<T>(_ elements: [T]) -> [T] {
        var left = elements
        var result: [T] = []
        while !left.isEmpty { result.append(left.remove(at: pick(0...left.count - 1))) }
        return result
    }
}
