import ClusterModel
import SessionLink
import WebSocketWire

/// Messages that cross a link in parts: taken part by part they are what they are as a whole, what is written in chunks
/// is read back, and chunks keep their order.
///
/// Flags: 0 = text (else binary) · 1 = a tiny limit · 2 = in chunks, too · 3 = which are five times as many. The payload
/// is the message and its reads are the parts; its first bytes are also a sequence of headers whose order is judged.
enum ChunkProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let input = FuzzInput(bytes)
        let opcode: DataOpcode = input.flag(0) ? .text : .binary
        let limit = input.flag(1) ? 100 : 1 << 20
        let whole = try withExactCopy(of: input.payload) { (copy) throws(Finding) -> CloseCode? in
            do throws(FrameViolation) {
                try MessageAssembly.check(UnsafeRawBufferPointer(copy), opcode, maxBytes: limit)
                return nil
            } catch {
                return error.code
            }
        }
        let assembled = try assemble(input, opcode, limit)
        switch (whole, assembled) {
        case (nil, .success(input.payload)): break
        // What is wrong first depends on the parts, that something is does not.
        case (_?, .failure(let violation)):
            try demand([.messageTooBig, .invalidText].contains(violation.code), "\(violation)")
        default: throw Finding(description: "a message as a whole is \(whole as Any), in parts \(assembled)")
        }
        try checkChunks(input)
        try checkOrder(input.payload.prefix(64))
    }

    private static func assemble(
        _ input: FuzzInput, _ opcode: DataOpcode, _ limit: Int
    ) throws(Finding) -> Result<[UInt8], FrameViolation> {
        let assembly = MessageAssembly(opcode, maxBytes: limit)
        var arrived = 0
        for part in input.reads {
            let problem = try withExactCopy(of: part) { (copy) throws(Finding) -> FrameViolation? in
                do throws(FrameViolation) {
                    try assembly.append(UnsafeRawBufferPointer(copy))
                    return nil
                } catch {
                    return error
                }
            }
            if let problem { return .failure(problem) }
            arrived += part.count
            try demand(
                assembly.heldBytes <= min(max(2 * arrived, 512), limit),
                "\(assembly.heldBytes) bytes are held for \(arrived) that came")
        }
        do throws(FrameViolation) {
            return .success(Array(try assembly.finish()))
        } catch {
            return .failure(error)
        }
    }

    /// The message, made as large as its first bytes say, goes into frames and comes out of them.
    private static func checkChunks(_ input: FuzzInput) throws(Finding) {
        guard input.flag(2), input.payload.count > 3 else { return }
        let count = (Int(input.payload[0]) << 8 | Int(input.payload[1])) * (input.flag(3) ? 5 : 1)
        let message = (0..<count).map { input.payload[$0 % input.payload.count] }
        var frames = [UInt8](repeating: 0, count: LinkChunk.frameCount(messageCount: count))
        let leg = LegID(rawValue: 1 << 24)
        let written = frames.withUnsafeMutableBytes { frames in
            message.withUnsafeBytes { LinkChunk.writeAll(.binary, leg: leg, $0, into: frames) }
        }
        try demand(written == frames.count, "\(written) bytes of \(frames.count) were written")
        var order = ChunkOrder()
        var read: [UInt8] = []
        var parts = 0
        try withExactCopy(of: frames) { (copy) throws(Finding) in
            var offset = 0
            do throws(LinkError) {
                while let frame = try LinkFrame.next(UnsafeRawBufferPointer(copy), offset: &offset) {
                    let part = order.take(frame.header)
                    if part == nil || frame.leg != leg || (part == .whole) != (count <= LinkChunk.size) {
                        parts = -1_000
                    }
                    parts += 1
                    read += frame.payload
                }
            } catch {
                throw Finding(description: "our own chunks are \(error)")
            }
        }
        try demand(parts == max(1, (count + LinkChunk.size - 1) / LinkChunk.size), "a message in \(parts) parts")
        try demand(!order.isOpen && read == message, "a message of \(count) bytes comes out of its chunks otherwise")
    }

    /// Each byte is a header; what may follow what is written down a second time.
    private static func checkOrder(_ headers: ArraySlice<UInt8>) throws(Finding) {
        var order = ChunkOrder()
        var message: (kind: LinkKind, parts: Int)?
        for byte in headers {
            let kind: LinkKind = byte & 1 == 0 ? .text : .binary
            let hasMore = byte & 2 != 0
            let isFull = byte & 4 != 0
            let header = LinkHeader(
                kind, leg: LegID(rawValue: 1 << 24), payloadCount: isFull ? LinkChunk.size : Int(byte),
                flags: (hasMore ? LinkHeader.moreFlag : 0) | byte & 0xf8)
            let mayCome = (message == nil || message?.kind == kind) && (!hasMore || isFull)
            let parts = (message?.parts ?? 0) + 1
            let expected: LinkChunk? =
                !mayCome ? nil : hasMore ? (parts == 1 ? .first : .middle) : (parts == 1 ? .whole : .last)
            try demand(order.take(header) == expected, "a chunk should have been \(expected as Any)")
            guard mayCome else { return }
            message = hasMore ? (kind, parts) : nil
            try demand(order.isOpen == hasMore, "a message is open, or is not")
        }
    }
}
