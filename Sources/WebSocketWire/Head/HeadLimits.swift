/// How large a request or response head may be.
///
/// A head is held in memory before anyone is known, so its bounds are what one stranger may cost.
public struct HeadLimits: Sendable, Hashable {
    /// Bytes of the whole head: start line, fields and the empty line. At most 65,535, since positions are 16 bit.
    public let maxHeadBytes: Int
    /// Bytes of one field line without its CRLF. The start line is bounded by `maxHeadBytes` alone, since a token of
    /// 8 KiB may stand in the query.
    public let maxFieldBytes: Int
    /// How many field lines there may be.
    public let maxFields: Int

    /// Limits with these bounds; `maxHeadBytes` beyond 65,535 counts as 65,535.
    public init(maxHeadBytes: Int = 16 * 1024, maxFieldBytes: Int = 8 * 1024, maxFields: Int = 64) {
        self.maxHeadBytes = min(max(maxHeadBytes, 0), Int(UInt16.max))
        self.maxFieldBytes = maxFieldBytes
        self.maxFields = maxFields
    }
}
