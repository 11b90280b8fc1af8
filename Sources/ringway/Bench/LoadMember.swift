import Reactor

/// One connection of a load: what it sends, and what is under way.
final class LoadMember {
    /// Digits of a message's number.
    static let digits = 8

    let number: Int
    var socket: SocketID?
    /// Whether it may send: the WebSocket is open, and in pairs the node has welcomed the user.
    var isReady = false
    /// The number of the next message to send, and of the next to arrive.
    var sent: UInt32 = 0
    var expected: UInt32 = 0
    /// When each message under way was sent, or was meant to be.
    var times: TimeQueue
    /// The message, with places for its number.
    private(set) var payload: [UInt8]
    private let numberOffsets: [Int]

    /// - Parameter partner: the user messages go to; nil for an echo.
    init(_ number: Int, plan: LoadPlan, partner: String?) {
        self.number = number
        times = TimeQueue(capacity: plan.window)
        let data = (0..<plan.size).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        guard let partner else {
            payload = data
            numberOffsets = plan.size >= Self.digits ? [0] : []
            return
        }
        let id = Array(repeating: UInt8(ascii: "0"), count: Self.digits)
        payload = ClientMessage.send(
            id: String(decoding: id, as: UTF8.self), to: partner,
            text: String(decoding: id + data.dropFirst(id.count), as: UTF8.self))
        // The writer puts members in order: the id first, the data last, closed by a quote and a brace.
        let idStart = #"{"type":"send","id":""#.utf8.count
        numberOffsets = [idStart, payload.count - 2 - max(plan.size, Self.digits)]
    }

    /// Writes the next message's number into the payload and counts it as sent.
    func stamp(at time: Int64) {
        for offset in numberOffsets {
            var value = sent
            for digit in (0..<Self.digits).reversed() {
                let nibble = UInt8(value & 15)
                payload[offset + digit] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
                value >>= 4
            }
        }
        sent &+= 1
        times.push(time)
    }

    /// Whether an echo is the message that was due: its length, its number, and all its bytes.
    func matches(_ echo: UnsafeRawBufferPointer) -> Bool {
        guard echo.count == payload.count else { return false }
        if numberOffsets.isEmpty { return true }
        guard Self.number(echo) == expected else { return false }
        return payload.withUnsafeBytes { mine in
            UnsafeRawBufferPointer(rebasing: mine[Self.digits...])
                .elementsEqual(UnsafeRawBufferPointer(rebasing: echo[Self.digits...]))
        }
    }

    /// The number at the start of a message; nil if there is none.
    static func number(_ bytes: UnsafeRawBufferPointer) -> UInt32? {
        guard bytes.count >= digits else { return nil }
        var value: UInt32 = 0
        for byte in bytes[..<digits] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
