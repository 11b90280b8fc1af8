/// Client's messages that are dealt with: all up to a number, and some beyond it.
public struct LinkTaken: LinkPayload, Sendable, Hashable {
    /// `.taken`
    public static let kind = LinkKind.taken
    /// The most ranges in one frame; more go into another one, since what is said adds up.
    public static let maxRanges = 340
    /// The most numbers in all ranges of one frame.
    public static let maxNumbers = LinkBacklog.maxMessages

    /// Numbers that follow each other.
    public struct Range: Sendable, Hashable {
        /// The first number.
        public let first: UInt64
        /// How many, at least 1.
        public let count: UInt32

        /// So many numbers from that one on.
        public init(first: UInt64, count: UInt32) {
            self.first = first
            self.count = count
        }
    }

    /// All up to here.
    public let through: UInt64
    /// And these, all beyond `through`; they rise and do not touch.
    public let ranges: [Range]

    /// A taken of these parts.
    public init(through: UInt64, ranges: [Range] = []) {
        precondition(ranges.count <= LinkTaken.maxRanges, "too many ranges for one frame")
        self.through = through
        self.ranges = ranges
    }

    /// 8 + 2 + 12 for each range
    public var payloadCount: Int { 10 + 12 * ranges.count }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(through)
        fields.number(UInt16(ranges.count))
        for range in ranges {
            fields.number(range.first)
            fields.number(range.count)
        }
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        let through = try fields.counter()
        let count = Int(try fields.number(UInt16.self))
        var ranges: [Range] = []
        var end = through
        var numbers = 0
        for _ in 0..<count {
            let range = Range(first: try fields.counter(), count: try fields.number())
            numbers += Int(range.count)
            let touches = range.first == end && !ranges.isEmpty
            guard range.count > 0, range.first > through, range.first >= end, !touches, numbers <= LinkTaken.maxNumbers
            else { throw .unknownValue(.taken) }
            end = range.first + UInt64(range.count)
            ranges.append(range)
        }
        self.through = through
        self.ranges = ranges
    }
}
