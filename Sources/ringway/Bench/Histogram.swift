/// Counts of durations in buckets that are at most 1/64 of their value wide, from 1 ns to 2^63 ns; 30 KiB, no allocation per
/// value.
struct Histogram {
    private static let fine = 64
    private var counts = [UInt64](repeating: 0, count: 64 * fine)
    /// How many values there are.
    private(set) var count: UInt64 = 0
    private(set) var largest: Int64 = 0

    /// Adds a duration in nanoseconds; below 0 counts as 0.
    mutating func add(_ nanoseconds: Int64) {
        let value = max(0, nanoseconds)
        counts[Self.bucket(UInt64(value))] += 1
        count += 1
        largest = max(largest, value)
    }

    /// Adds another's values.
    mutating func add(_ other: Histogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
        largest = max(largest, other.largest)
    }

    /// The smallest value that at least this part of all values does not exceed (the top of its bucket); 0 if empty.
    func quantile(_ part: Double) -> Int64 {
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((part * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, number) in counts.enumerated() {
            seen += number
            if seen >= rank { return min(Self.top(index), largest) }
        }
        return largest
    }

    private static func bucket(_ value: UInt64) -> Int {
        if value < UInt64(fine) { return Int(value) }
        // The six bits behind the highest one choose the bucket within a power of two.
        let exponent = 63 - value.leadingZeroBitCount
        let mantissa = Int(value >> UInt64(exponent - 6)) & (fine - 1)
        return (exponent - 5) * fine + mantissa
    }

    private static func top(_ bucket: Int) -> Int64 {
        if bucket < fine { return Int64(bucket) }
        let exponent = bucket / fine + 5
        let mantissa = bucket % fine
        let (value, overflow) = Int64(fine + mantissa + 1).multipliedReportingOverflow(by: 1 << Int64(exponent - 6))
        return overflow ? .max : value - 1
    }
}
