extension MessageReader {
    /// A control frame, which is read only when all of it is here: it has at most 125 bytes, so waiting costs nothing.
    mutating func control(
        _ header: FrameHeader, _ bytes: UnsafeMutableRawBufferPointer, _ offset: inout Int
    ) throws(FrameViolation) -> ReaderEvent {
        let count = Int(header.payloadCount)
        let start = offset + header.headerCount
        guard bytes.count - start >= count else { return .needMore }
        let payload = bytes.slice(at: start, count: count)
        if role == .server { Masking.apply(header.mask, to: payload) }
        offset = start + count
        switch header.opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        case .close, .continuation, .text, .binary:
            let close = try ClosePayload.read(UnsafeRawBufferPointer(payload))
            assembly.clear()
            phase = .ended
            offset = bytes.count
            return .close(code: close.code, reason: close.reason)
        }
    }
}
