extension MessageReader {
    /// A data frame's header: a message in place if all of it is here, else nil and `phase` is `.payload`.
    @inline(__always)
    mutating func start(
        _ header: FrameHeader, _ bytes: UnsafeMutableRawBufferPointer, _ offset: inout Int
    ) throws(FrameViolation) -> ReaderEvent? {
        let started: DataOpcode
        switch (DataOpcode(rawValue: header.opcode.rawValue), opcode) {
        case (nil, nil): throw .noMessage
        case (.some, .some): throw .unfinished
        case (let new?, nil): started = new
        case (nil, let current?): started = current
        }
        let isFirst = opcode == nil
        guard frames < limits.maxFrames else { throw .tooManyFrames }
        // `count` never passes the limit, so the subtraction can't wrap, and no sum of announced lengths is formed.
        guard header.payloadCount <= UInt64(limits.maxMessageBytes - assembly.count) else { throw .tooBig }
        let payloadCount = Int(header.payloadCount)
        let payloadStart = offset + header.headerCount
        if isFirst, header.isFinal, bytes.count - payloadStart >= payloadCount {
            let payload = bytes.slice(at: payloadStart, count: payloadCount)
            try unmaskWhole(payload, header.mask, started)
            offset = payloadStart + payloadCount
            return .message(started, payload)
        }
        opcode = started
        frames += 1
        remaining = UInt32(payloadCount)
        mask = header.mask
        endsMessage = header.isFinal
        offset = payloadStart
        phase = .payload
        return nil
    }

    /// Takes what has arrived of the current frame, checks it at once and keeps it.
    mutating func takePayload(
        _ bytes: UnsafeMutableRawBufferPointer, _ offset: inout Int
    ) throws(FrameViolation) {
        let count = min(Int(remaining), bytes.count - offset)
        if count == 0 { return }
        let part = bytes.slice(at: offset, count: count)
        if role == .server {
            Masking.apply(mask, to: part)
            mask = Masking.advance(mask, by: count)
        }
        if opcode == .text, !text.accept(UnsafeRawBufferPointer(part)) { throw .invalidText }
        // How long a message is to be is known in its last frame only. Before that the memory doubles: growing by frames would
        // copy all that is there once per frame.
        let expected = endsMessage ? assembly.count + remaining : limits.maxMessageBytes
        assembly.append(UnsafeRawBufferPointer(part), expected: expected)
        remaining -= UInt32(count)
        offset += count
    }

    /// The message under assembly has all its bytes.
    mutating func finish() throws(FrameViolation) -> ReaderEvent? {
        guard let ended = opcode else { return nil }
        if ended == .text, !text.isComplete { throw .invalidText }
        opcode = nil
        frames = 0
        phase = .delivered
        return .message(ended, assembly.bytes)
    }

    @inline(__always)
    private func unmaskWhole(
        _ payload: UnsafeMutableRawBufferPointer, _ mask: UInt32, _ opcode: DataOpcode
    ) throws(FrameViolation) {
        // ASCII needs no look at its UTF-8; a server's frames come unmasked and are looked at alone.
        let mayBeBad = role == .server ? Masking.apply(mask, to: payload) : true
        if opcode == .text, mayBeBad, !UTF8Validator.isValid(UnsafeRawBufferPointer(payload)) { throw .invalidText }
    }
}
