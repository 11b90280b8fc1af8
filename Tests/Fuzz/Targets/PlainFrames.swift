import ClusterModel

@testable import WebSocketWire

/// RFC 6455 §5 a second time: arrays, no state kept over calls, no speed. What `MessageReader` must agree with.
struct PlainFrames {
    private let bytes: [UInt8]
    private let masked: Bool
    private let limits: MessageLimits
    private var position = 0
    private var events: [FrameTrace] = []
    /// The message under way.
    private var kind: DataOpcode?
    private var message: [UInt8] = []
    private var frames = 0

    static func read(_ bytes: [UInt8], masked: Bool, _ limits: MessageLimits) -> [FrameTrace] {
        var reader = PlainFrames(bytes: bytes, masked: masked, limits: limits)
        do throws(FrameViolation) {
            while try reader.frame() {}
        } catch {
            reader.events.append(.violation(error.code, "\(error.reason)"))
        }
        return reader.events
    }

    private init(bytes: [UInt8], masked: Bool, limits: MessageLimits) {
        self.bytes = bytes
        self.masked = masked
        self.limits = limits
    }

    /// Reads one frame; false if there is no whole one left, or nothing counts any more.
    private mutating func frame() throws(FrameViolation) -> Bool {
        var rest = bytes[position...]
        guard rest.count >= 2, let first = rest.popFirst(), let second = rest.popFirst() else { return false }
        if first & 0b0111_0000 != 0 { throw .reservedBits }
        guard [0, 1, 2, 8, 9, 10].contains(first & 15) else { throw .unknownOpcode }
        let isControl = first & 8 != 0
        let isFinal = first & 128 != 0
        if (second & 128 != 0) != masked { throw masked ? .notMasked : .masked }
        if isControl && !isFinal { throw .fragmentedControl }
        if isControl && second & 127 > 125 { throw .longControl }
        guard let length = try length(second & 127, &rest) else { return false }
        let key = Array(rest.prefix(masked ? 4 : 0))
        guard key.count == (masked ? 4 : 0) else { return false }
        rest = rest.dropFirst(key.count)
        if !isControl { try admit(DataOpcode(rawValue: first & 15), length) }
        var payload = Array(rest.prefix(Int(clamping: length)))
        if masked { for index in payload.indices { payload[index] ^= key[index % 4] } }
        let isWhole = payload.count == Int(clamping: length)
        if isControl && !isWhole { return false }
        position = rest.startIndex + payload.count
        if isControl { return try control(first & 15, payload) }
        message += payload
        frames += 1
        let ends = isFinal && isWhole
        if kind == .text, !Self.isText(message, maySplit: !ends) { throw .invalidText }
        if ends, let ended = kind {
            events.append(.message(ended, message))
            (kind, message, frames) = (nil, [], 0)
        }
        return isWhole
    }

    /// The payload's length; nil if it has not arrived.
    private func length(_ short: UInt8, _ rest: inout ArraySlice<UInt8>) throws(FrameViolation) -> UInt64? {
        if short < 126 { return UInt64(short) }
        let digits = short == 126 ? 2 : 8
        guard rest.count >= digits else { return nil }
        let length = rest.prefix(digits).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(digits)
        if length >> 63 == 1 { throw .hugeLength }
        if length < (short == 126 ? 126 : 65_536) { throw .longLength }
        return length
    }

    private mutating func admit(_ new: DataOpcode?, _ length: UInt64) throws(FrameViolation) {
        if new == nil && kind == nil { throw .noMessage }
        if new != nil && kind != nil { throw .unfinished }
        if frames >= limits.maxFrames { throw .tooManyFrames }
        if length > UInt64(limits.maxMessageBytes) - UInt64(message.count) { throw .tooBig }
        kind = kind ?? new
    }

    private mutating func control(_ opcode: UInt8, _ payload: [UInt8]) throws(FrameViolation) -> Bool {
        if opcode == 9 { events.append(.ping(payload)) }
        if opcode == 10 { events.append(.pong(payload)) }
        guard opcode == 8 else { return true }
        if payload.count == 1 { throw .shortClose }
        let code = payload.isEmpty ? nil : UInt16(payload[0]) << 8 | UInt16(payload[1])
        let reason = Array(payload.dropFirst(2))
        if let code {
            let mayBeSent = (1000...1014).contains(code) && ![1004, 1005, 1006].contains(code)
            if !mayBeSent && !(3000...4999).contains(code) { throw .badCloseCode }
        }
        if !Self.isText(reason, maySplit: false) { throw .badCloseReason }
        events.append(.close(code: code, reason: reason))
        return false
    }

    /// Whether the standard library takes `bytes` as UTF-8, if need be with some continuation behind the end.
    static func isText(_ bytes: [UInt8], maySplit: Bool) -> Bool {
        if String(validating: bytes, as: UTF8.self) != nil { return true }
        guard maySplit else { return false }
        // Only the last character can be cut. 0x80 and 0xbf fit after any lead byte; after E0, ED, F0, F4 one of these does.
        let tail = Array(bytes.suffix(3))
        for cut in 1...3 where cut <= tail.count {
            guard String(validating: bytes.dropLast(cut), as: UTF8.self) != nil else { continue }
            let character = Array(tail.suffix(cut))
            for next: UInt8 in [0x80, 0xbf] {
                for missing in 1...3 {
                    let whole = character + [next] + [UInt8](repeating: 0x80, count: missing - 1)
                    if let text = String(validating: whole, as: UTF8.self), text.unicodeScalars.count == 1 {
                        return true
                    }
                }
            }
        }
        return false
    }
}
