import SessionLink

/// Writes link frames one behind the other, or only counts their bytes.
public struct FrameWriter {
    private let leg: LegID
    private let room: UnsafeMutableRawBufferPointer?
    /// Bytes so far.
    private(set) var count = 0

    /// Counts.
    init() {
        leg = .link
        room = nil
    }

    init(_ room: UnsafeMutableRawBufferPointer, leg: LegID) {
        self.leg = leg
        self.room = room
    }

    mutating func put(_ frame: some LinkPayload) {
        if let room { frame.writeFrame(leg: leg, into: UnsafeMutableRawBufferPointer(rebasing: room[count...])) }
        count += frame.frameCount
    }

    mutating func put(_ message: some LinkMessage) {
        if let room { message.writeFrames(leg: leg, into: UnsafeMutableRawBufferPointer(rebasing: room[count...])) }
        count += message.frameCount
    }

    mutating func put(_ message: KeptMessage) {
        message.frame.withUnsafeBytes {
            put(
                LinkKept(
                    position: LinkPosition(message.position), sender: message.key.sender, n: message.key.n, body: $0))
        }
    }
}

/// What crosses a link as one frame or several that belong together.
public protocol LinkWritable {
    /// Writes, or counts, all its frames.
    func write(to frames: inout FrameWriter)
}

extension LinkWritable {
    /// Bytes of all its frames.
    public var frameCount: Int {
        var frames = FrameWriter()
        write(to: &frames)
        return frames.count
    }

    /// Writes all its frames to the start of `bytes`, which must have room (`frameCount`), and returns their size.
    @discardableResult public func writeFrames(leg: LegID = .link, into bytes: UnsafeMutableRawBufferPointer) -> Int {
        var frames = FrameWriter(bytes, leg: leg)
        write(to: &frames)
        return frames.count
    }

    /// All its frames as an array.
    public func frames(leg: LegID = .link) -> [UInt8] {
        let count = frameCount
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = writeFrames(
                leg: leg, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            )
        }
    }
}
