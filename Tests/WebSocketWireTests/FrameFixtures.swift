import ClusterModel

@testable import WebSocketWire

/// An event that outlives its buffer.
enum Seen: Equatable {
    case message(DataOpcode, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?, String)
    case violation(UInt16)
}

/// A client's frame, with every bit free to be wrong.
func frame(
    _ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, reserved: UInt8 = 0, mask: UInt32? = 0x1f2e_3d4c,
    lengthBytes: Int? = nil, announced: UInt64? = nil
) -> [UInt8] {
    let count = announced ?? UInt64(payload.count)
    let lengthBytes = lengthBytes ?? (count < 126 ? 0 : count < 65536 ? 2 : 8)
    var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
    let maskBit: UInt8 = mask == nil ? 0 : 0x80
    switch lengthBytes {
    case 0: bytes.append(maskBit | UInt8(count))
    case 2: bytes += [maskBit | 126, UInt8(count >> 8), UInt8(count & 0xff)]
    default: bytes += [maskBit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
    }
    guard let mask else { return bytes + payload }
    let key = (0..<4).map { UInt8(truncatingIfNeeded: mask >> (8 * $0)) }
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 & 3] }
}

func text(_ string: String, isFinal: Bool = true) -> [UInt8] { frame(1, Array(string.utf8), isFinal: isFinal) }

/// Feeds `parts` one after the other, as the reactor does: what was not used up comes again in front of the next.
func events(
    _ parts: [[UInt8]], role: MessageReader.Role = .server, limits: MessageLimits = MessageLimits()
) -> (seen: [Seen], heldBytes: Int, left: Int) {
    var reader = MessageReader(role: role, limits: limits)
    var seen: [Seen] = []
    var unread: [UInt8] = []
    for part in parts {
        unread += part
        var offset = 0
        unread.withUnsafeMutableBytes { bytes in
            while let event = copy(reader.next(bytes, offset: &offset)) { seen.append(event) }
        }
        unread.removeFirst(offset)
    }
    return (seen, reader.heldBytes, unread.count)
}

func events(
    _ bytes: [UInt8], role: MessageReader.Role = .server, limits: MessageLimits = MessageLimits()
) -> [Seen] {
    events([bytes], role: role, limits: limits).seen
}

func byteByByte(_ bytes: [UInt8]) -> [[UInt8]] { bytes.map { [$0] } }

private func copy(_ event: ReaderEvent) -> Seen? {
    switch event {
    case .needMore: nil
    case .message(let opcode, let payload): .message(opcode, Array(payload))
    case .ping(let payload): .ping(Array(payload))
    case .pong(let payload): .pong(Array(payload))
    case .close(let code, let reason): .close(code, String(decoding: reason, as: UTF8.self))
    case .violation(let violation): .violation(violation.code.rawValue)
    }
}
