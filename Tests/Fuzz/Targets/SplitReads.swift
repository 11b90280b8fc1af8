@testable import WebSocketWire

/// What heads of requests and of responses have in common under test: limits that may be tiny, and an outcome that never
/// depends on the reads.
enum SplitReads {
    /// Flag 0: limits so small that an input of a few bytes reaches them.
    static func limits(_ input: FuzzInput) -> HeadLimits {
        input.flag(0) ? HeadLimits(maxHeadBytes: 200, maxFieldBytes: 48, maxFields: 4) : HeadLimits()
    }

    /// The outcome of the whole input; a `Finding` if a part of it that is more than `waiting` comes to something else.
    static func outcome<Outcome: Equatable>(
        _ input: FuzzInput, of what: String, waiting: Outcome,
        _ read: (ArraySlice<UInt8>) throws(Finding) -> Outcome
    ) throws(Finding) -> Outcome {
        let whole = try read(input.payload[...])
        var end = 0
        for piece in input.reads {
            end += piece.count
            let part = try read(input.payload[..<end])
            if part == waiting { continue }
            try demand(part == whole, "\(what) depends on the reads: \(part) of \(end) bytes, then \(whole)")
            break
        }
        return whole
    }

    /// A head's fields as lines to compare.
    static func lines(_ fields: HeaderFields) -> [String] {
        (0..<fields.count).map { fields.name(at: $0) + ":" + fields.value(at: $0) }
    }
}
