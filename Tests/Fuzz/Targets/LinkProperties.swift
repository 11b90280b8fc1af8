import SessionLink

/// Link frames: what is read never depends on the reads, no kind announces more than it may, and every payload that is
/// taken is written back byte for byte.
enum LinkProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let input = FuzzInput(bytes)
        let whole = try read([input.payload[...]])
        let split = try read(input.reads)
        try demand(whole == split, "link frames depend on the reads: \(whole) at once, \(split) in parts")
    }

    /// One frame with what is wrong with its payload, or how the stream broke.
    private enum Trace: Equatable {
        case frame(LinkHeader, payload: [UInt8], problem: LinkError?)
        case broken(LinkError)
    }

    private static func read(_ reads: [ArraySlice<UInt8>]) throws(Finding) -> [Trace] {
        var traces: [Trace] = []
        var unread: [UInt8] = []
        for read in reads {
            unread += read
            let used = try withExactCopy(of: unread) { (copy) throws(Finding) in
                try take(UnsafeRawBufferPointer(copy), to: &traces)
            }
            guard let used else { break }
            unread.removeFirst(used)
        }
        return traces
    }

    /// Takes all whole frames; nil if the stream broke.
    private static func take(_ bytes: UnsafeRawBufferPointer, to traces: inout [Trace]) throws(Finding) -> Int? {
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
