@testable import WebSocketWire

/// Response heads: as requests, and no answer opens a WebSocket but the one to our key.
///
/// Flags: 0 = tiny limits.
enum ResponseProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let input = FuzzInput(bytes)
        let limits = SplitReads.limits(input)
        let whole = try SplitReads.outcome(input, of: "a response", waiting: .needMore) { (part) throws(Finding) in
            try Outcome(part, limits)
        }
        guard case .head(let status, let consumed, _) = whole else { return }
        try demand(consumed <= limits.maxHeadBytes && (100...599).contains(status), "a response out of its bounds")
        try checkHandshake(input.payload, limits)
    }

    /// RFC 6455 §1.3's key and its accept value.
    private static let key = Array("dGhlIHNhbXBsZSBub25jZQ==".utf8)
    private static let accept = Array("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".utf8)

    private static func checkHandshake(_ bytes: [UInt8], _ limits: HeadLimits) throws(Finding) {
        let reading = bytes.withUnsafeBytes { HTTPResponseHead.parse($0, limits: limits) }
        guard case .head(let head, _) = reading else { return }
        let client = ClientHandshake(host: "a", target: "/", subprotocols: ["one", "two"], headers: [], key: key)
        let chosen: String?
        do throws(ClientHandshake.Failure) {
            chosen = try client.check(head)
        } catch {
            return
        }
        try demand(head.status == 101, "status \(head.status) opened a WebSocket")
        try demand(
            head.fields.lookup("Sec-WebSocket-Accept") == .one(accept), "another accept value opened a WebSocket")
        try demand(head.fields.first("Sec-WebSocket-Extensions") == nil, "an extension that was not offered")
        try demand(["one", "two", nil].contains(chosen), "a subprotocol that was not offered")
    }

    private enum Outcome: Equatable {
        case needMore
        case head(status: Int, consumed: Int, fields: [String])
        case bad(HeadError)

        init(_ bytes: ArraySlice<UInt8>, _ limits: HeadLimits) throws(Finding) {
            let reading = try withExactCopy(of: bytes) { (copy) throws(Finding) in
                HTTPResponseHead.parse(UnsafeRawBufferPointer(copy), limits: limits)
            }
            switch reading {
            case .needMore: self = .needMore
            case .bad(let error): self = .bad(error)
            case .head(let head, let consumed):
                try demand(consumed <= bytes.count, "a response has more bytes than there are")
                self = .head(status: head.status, consumed: consumed, fields: SplitReads.lines(head.fields))
            }
        }
    }
}
