import SessionLink

/// Link frames: what is read never depends on the reads, no kind announces more than it may, and every payload that is
/// taken is written back byte for byte. What machines of re-homing hear in the frames is checked as well (`WireTrace`).
enum LinkProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let input = FuzzInput(bytes)
        let whole = try read([input.payload[...]])
        let split = try read(input.reads)
        try demand(
            whole.frames == split.frames,
            "link frames depend on the reads: \(whole.frames) at once, \(split.frames) in parts")
        try demand(whole.words.heard == split.words.heard, "what is heard depends on the reads")
        try whole.words.checkRepeated()
    }

    /// One frame with what is wrong with its payload, or how the stream broke.
    private enum Trace: Equatable {
        case frame(LinkHeader, payload: [UInt8], problem: LinkError?)
        case broken(LinkError)
    }

    private static func read(
        _ reads: [ArraySlice<UInt8>]
    ) throws(Finding) -> (frames: [Trace], words: WireTrace) {
        var traces: [Trace] = []
        var words = WireTrace()
        var unread: [UInt8] = []
        for read in reads {
            unread += read
            let used = try withExactCopy(of: unread) { (copy) throws(Finding) in
                try take(UnsafeRawBufferPointer(copy), to: &traces, &words)
            }
            guard let used else { break }
            unread.removeFirst(used)
        }
        return (traces, words)
    }

    /// Takes all whole frames; nil if the stream broke.
    private static func take(
        _ bytes: UnsafeRawBufferPointer, to traces: inout [Trace], _ words: inout WireTrace
    ) throws(Finding) -> Int? {
        var offset = 0
        while true {
            let before = offset
            let next: LinkFrame?
            do throws(LinkError) {
                next = try LinkFrame.next(bytes, offset: &offset)
            } catch {
                traces.append(.broken(error))
                return nil
            }
            guard let frame = next else {
                try demand(offset == before, "the offset moved without a frame")
                return offset
            }
            let count = frame.payload.count
            try demand(offset == before + LinkHeader.count + count, "the offset is not behind the frame")
            try demand(count == frame.header.payloadCount, "a payload is not what its header says")
            try demand(count <= frame.kind.maxPayloadCount, "\(frame.kind) has \(count) bytes")
            try checkHeader(frame.header, bytes, at: before)
            traces.append(.frame(frame.header, payload: Array(frame.payload), problem: try LinkPayloads.check(frame)))
            words.take(frame)
        }
    }

    private static func checkHeader(
        _ header: LinkHeader, _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(Finding) {
        try withExactCopy(of: [UInt8](repeating: 0xaa, count: LinkHeader.count)) { (copy) throws(Finding) in
            header.write(into: copy)
            try demand(
                copy.elementsEqual(bytes[offset..<(offset + LinkHeader.count)]), "a header is written otherwise")
        }
    }
}
