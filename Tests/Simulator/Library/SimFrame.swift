import Rehoming
import SessionLink

/// What clients and the simulated application say to each other; short binary forms, since nobody but the two reads them.
enum SimFrame {
    /// A client asks for something.
    struct Request {
        var n: UInt64
        /// Whether the client sent it before.
        var isAgain: Bool
        var message: Int
        /// The recipient; nil: a note to the application itself, which nobody else gets.
        var to: Int?

        var bytes: [UInt8] {
            SimFrame.bytes(n) + [isAgain ? 1 : 0, UInt8(to.map { $0 + 1 } ?? 0)] + SimFrame.bytes(UInt64(message))
        }

        init(n: UInt64, isAgain: Bool, message: Int, to: Int?) {
            self.n = n
            self.isAgain = isAgain
            self.message = message
            self.to = to
        }

        init(_ bytes: [UInt8]) {
            n = SimFrame.number(bytes, 0)
            isAgain = bytes[8] == 1
            to = bytes[9] == 0 ? nil : Int(bytes[9]) - 1
            message = Int(SimFrame.number(bytes, 10))
        }
    }

    /// What a client reads.
    enum Told {
        case message(Position, MessageKey, Int)
        case result(n: UInt64, SendOutcome)
        case began(isRecovered: Bool)
    }

    static func message(_ payload: [UInt8], _ key: MessageKey, _ position: Position) -> [UInt8] {
        [0] + bytes(position.epoch) + bytes(position.k) + bytes(key.sender.first) + bytes(key.sender.second)
            + bytes(key.n) + payload
    }

    static func result(n: UInt64, _ outcome: SendOutcome) -> [UInt8] {
        [1] + bytes(n) + [outcome.rawValue]
    }

    static func began(isRecovered: Bool) -> [UInt8] { [2, isRecovered ? 1 : 0] }

    static func read(_ frame: [UInt8]) -> Told? {
        switch frame.first {
        case 0:
            let key = MessageKey(
                sender: SessionID(first: number(frame, 17), second: number(frame, 25)), n: number(frame, 33))
            return .message(
                Position(epoch: number(frame, 1), k: number(frame, 9)), key, Int(number(frame, 41)))
        case 1:
            return SendOutcome(rawValue: frame[9]).map { .result(n: number(frame, 1), $0) }
        case 2:
            return .began(isRecovered: frame[1] == 1)
        default:
            return nil
        }
    }

    static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }

    static func number(_ bytes: [UInt8], _ from: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in stride(from: 7, through: 0, by: -1) { value = value << 8 | UInt64(bytes[from + index]) }
        return value
    }
}
