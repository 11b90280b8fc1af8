import ClusterModel

/// The payload of a close frame (RFC 6455 §5.5.1, §7.4): nothing, or a code and a reason of at most 123 bytes.
public enum ClosePayload {
    /// The payload for `code` and `reason`; a reason that is too long is cut between characters, and a code that may
    /// not be sent becomes an empty payload, which means "no code".
    public static func bytes(code: CloseCode?, reason: String = "") -> [UInt8] {
        guard let code, code.isAllowedOnWire else { return [] }
        var bytes = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xff)]
        for character in reason.unicodeScalars {
            let encoded = UTF8.encode(character)
            if bytes.count + (encoded?.count ?? 0) > 2 + CloseAdvice.maxReasonBytes { break }
            if let encoded { bytes.append(contentsOf: encoded) }
        }
        return bytes
    }

    static func read(
        _ payload: UnsafeRawBufferPointer
    ) throws(FrameViolation) -> (code: UInt16?, reason: UnsafeRawBufferPointer) {
        if payload.isEmpty { return (nil, payload) }
        guard payload.count >= 2 else { throw .shortClose }
        let code = payload.bigEndian(UInt16.self, at: 0)
        guard CloseCode(rawValue: code).isAllowedOnWire else { throw .badCloseCode }
        let reason = payload.slice(at: 2, count: payload.count - 2)
        guard UTF8Validator.isValid(reason) else { throw .badCloseReason }
        return (code, reason)
    }
}
