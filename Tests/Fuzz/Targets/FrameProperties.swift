import ClusterModel

@testable import WebSocketWire

/// WebSocket frames: the events never depend on the reads, they are those of a reader written without regard to speed,
/// memory is bounded by what arrived, and what was read can be written and read again.
///
/// Flags: 0 = the client's side · 1 = tiny limits.
enum FrameProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let input = FuzzInput(bytes)
        let role: MessageReader.Role = input.flag(0) ? .client : .server
        let limits = input.flag(1) ? MessageLimits(maxMessageBytes: 300, maxFrames: 4) : MessageLimits()
        let whole = try FrameTrace.read([input.payload[...]], role, limits)
        let split = try FrameTrace.read(input.reads, role, limits)
        try demand(whole == split, "events depend on the reads: \(whole) at once, \(split) in parts")
        let plain = PlainFrames.read(input.payload, masked: role == .server, limits)
        try demand(whole == plain, "events are \(whole), and should be \(plain)")
        try checkRewriting(whole, role, limits)
    }

    /// Everything but a violation, written as frames of its own and read back.
    private static func checkRewriting(
        _ events: [FrameTrace], _ role: MessageReader.Role, _ limits: MessageLimits
    ) throws(Finding) {
        var written: [UInt8] = []
        var mask: UInt32? = role == .server ? 0x9d31_a0c4 : nil
        var expected: [FrameTrace] = []
        for event in events {
            switch event {
            case .message(let opcode, let payload):
                written += FrameWriter.bytes(opcode.opcode, payload, mask: mask)
            case .ping(let payload): written += FrameWriter.bytes(.ping, payload, mask: mask)
            case .pong(let payload): written += FrameWriter.bytes(.pong, payload, mask: mask)
            case .close(let code, let reason):
                let text = String(decoding: reason, as: UTF8.self)
                written += FrameWriter.close(code: code.map(CloseCode.init(rawValue:)), reason: text, mask: mask)
            case .violation: continue
            }
            expected.append(event)
            mask = mask.map { $0 &* 1_664_525 &+ 1_013_904_223 }
        }
        let again = try FrameTrace.read([written[...]], role, limits)
        try demand(again == expected, "what was read as \(expected) is written so that it reads as \(again)")
    }
}
