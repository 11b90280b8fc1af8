/// What the reason of a close tells a client: when to come back, and the epoch that was in force.
///
/// On the wire it is `key=value;…`, e.g. `retry=1200;epoch=1795358857087`; unknown keys are for newer clients.
public struct CloseAdvice: Hashable, Sendable {
    /// The most bytes a close reason may have (RFC 6455 §5.5).
    public static let maxReasonBytes = 123

    /// Milliseconds to wait before connecting again.
    public var retryMilliseconds: UInt64?
    /// The epoch of the ring that led to the close.
    public var epoch: Epoch?

    /// Advice; `nil` says nothing of it.
    public init(retryMilliseconds: UInt64? = nil, epoch: Epoch? = nil) {
        self.retryMilliseconds = retryMilliseconds
        self.epoch = epoch
    }

    /// Reads a close reason; what is not understood is passed over.
    public init(reason: String) {
        for pair in reason.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let number = UInt64(parts[1]) else { continue }
            switch parts[0] {
            case "retry": retryMilliseconds = number
            case "epoch": epoch = Epoch(number)
            default: continue
            }
        }
    }

    /// The reason as it stands in the close frame; at most 49 bytes, empty if there is nothing to say.
    public var reason: String {
        var parts: [String] = []
        if let retryMilliseconds { parts.append("retry=\(retryMilliseconds)") }
        if let epoch { parts.append("epoch=\(epoch)") }
        return parts.joined(separator: ";")
    }
}
