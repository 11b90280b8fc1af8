import ClusterModel

@testable import WebSocketWire

/// One event of a reader, with bytes of its own.
enum FrameTrace: Equatable {
    case message(DataOpcode, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(code: UInt16?, reason: [UInt8])
    case violation(CloseCode, String)

    /// All events of a stream that comes in these reads, kept and presented as an event loop does it.
    static func read(
        _ reads: [ArraySlice<UInt8>], _ role: MessageReader.Role, _ limits: MessageLimits
    ) throws(Finding) -> [FrameTrace] {
        var reader = MessageReader(role: role, limits: limits)
        var events: [FrameTrace] = []
        var unread: [UInt8] = []
        var arrived = 0
        for read in reads {
            unread += read
            arrived += read.count
            let used = try withExactCopy(of: unread) { (bytes) throws(Finding) in
                let used = try take(bytes, from: &reader, arrived: arrived, to: &events)
                // What was used up was unmasked in place; what is left must not have been touched.
                try demand(
                    bytes[used...].elementsEqual(unread[used...]), "bytes that were not used up have changed")
                return used
            }
            unread.removeFirst(used)
        }
        return events
    }

    private static func take(
        _ bytes: UnsafeMutableRawBufferPointer, from reader: inout MessageReader, arrived: Int,
        to events: inout [FrameTrace]
    ) throws(Finding) -> Int {
        var offset = 0
        while true {
            let before = offset
            let event = reader.next(bytes, offset: &offset)
            try demand(before <= offset && offset <= bytes.count, "the offset left the bytes")
            let bound = min(max(2 * arrived, 512), Int(reader.limits.maxMessageBytes))
            try demand(reader.heldBytes <= bound, "\(reader.heldBytes) bytes are held for \(arrived) that came")
            switch event {
            case .needMore:
                try demand(
                    bytes.count - offset < FrameWriter.maxHeaderCount + 125, "a reader waits with more than a frame")
                try demand(
                    reader.opcode != nil || reader.heldBytes == 0, "an idle reader holds \(reader.heldBytes) bytes")
                return offset
            case .message(let opcode, let payload): events.append(.message(opcode, Array(payload)))
            case .ping(let payload): events.append(.ping(Array(payload)))
            case .pong(let payload): events.append(.pong(Array(payload)))
            case .close(let code, let reason): events.append(.close(code: code, reason: Array(reason)))
            case .violation(let violation): events.append(.violation(violation.code, "\(violation.reason)"))
            }
        }
    }
}
