import ClusterModel

@testable import WebSocketWire

/// Request heads: the outcome never depends on the reads, what is taken keeps the grammar of RFC 9112, what is refused
/// has a sound answer, and what may be upgraded can be.
///
/// Flags: 0 = tiny limits.
enum HeadProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let input = FuzzInput(bytes)
        let limits = SplitReads.limits(input)
        let whole = try SplitReads.outcome(input, of: "a head", waiting: .needMore) { (part) throws(Finding) in
            try Outcome(part, limits)
        }
        switch whole {
        case .needMore:
            try demand(input.payload.count <= limits.maxHeadBytes, "a head waits beyond its limit")
        case .bad(let refusal): try RefusalProperties.check(refusal)
        case .head(let consumed, _):
            let taken = Array(input.payload[..<consumed])
            try demand(consumed <= limits.maxHeadBytes, "a head passes its limit")
            try demand(try Outcome(taken[...], limits) == whole, "a head depends on what stands behind it")
            try HeadGrammar.check(taken, maxFields: limits.maxFields, maxFieldBytes: limits.maxFieldBytes)
        }
        guard case .head(let head, _) = Self.parse(input.payload, limits) else { return }
        try UpgradeProperties.check(head)
    }

    private static func parse(_ bytes: [UInt8], _ limits: HeadLimits) -> HTTPHead.Reading {
        bytes.withUnsafeBytes { HTTPHead.parse($0, limits: limits) }
    }

    /// What came of reading, as a value to compare.
    private enum Outcome: Equatable {
        case needMore
        case head(consumed: Int, lines: [String])
        case bad(HTTPRefusal)

        init(_ bytes: ArraySlice<UInt8>, _ limits: HeadLimits) throws(Finding) {
            let reading = try withExactCopy(of: bytes) { (copy) throws(Finding) in
                HTTPHead.parse(UnsafeRawBufferPointer(copy), limits: limits)
            }
            switch reading {
            case .needMore: self = .needMore
            case .bad(let refusal): self = .bad(refusal)
            case .head(let head, let consumed):
                try demand(consumed <= bytes.count, "a head has more bytes than there are")
                self = .head(consumed: consumed, lines: [head.method, head.target] + SplitReads.lines(head.fields))
            }
        }
    }
}
