import SessionLink

extension ToGateway: LinkWritable {
    /// `attached` gives a whole window of credit.
    public func write(to frames: inout FrameWriter) {
        switch self {
        case .attached: frames.put(LinkAttached())
        case .moved(let epoch): frames.put(LinkMoved(epoch: epoch))
        case .superseded: frames.put(LinkSuperseded())
        case .refused(let status, let reason): frames.put(LinkRefused(status: status, reason: reason.cut))
        case .taken(let through, let also) where also.isEmpty: frames.put(LinkTaken(through: through))
        case .taken(let through, let also):
            for frame in LinkTaken.frames(through: through, also: also) { frames.put(frame) }
        case .deliver(let message): frames.put(message)
        case .home(let home, let position, let isRecovered):
            frames.put(
                LinkHome(
                    position: LinkPosition(position), incarnation: home.incarnation.value, node: home.node.text,
                    isRecovered: isRecovered))
        case .released(let epoch, let state): withState(state) { frames.put(LinkReleased(epoch: epoch, state: $0)) }
        case .close(let code, let reason): frames.put(LinkClose(code: code, reason: reason.cut))
        }
    }
}

extension String {
    /// What of a reason goes on: an application may say anything, and 123 bytes reach a client.
    fileprivate var cut: String { utf8.count <= 1000 ? self : String(decoding: utf8.prefix(1000), as: UTF8.self) }
}

extension LinkTaken {
    /// One frame, nearly always; several if there are so many gaps that one has no room for them.
    static func frames(through: UInt64, also: [UInt64]) -> [LinkTaken] {
        var frames: [LinkTaken] = []
        var ranges: [LinkTaken.Range] = []
        var numbers = 0
        for n in also.sorted() where n > through {
            if let last = ranges.last, n < last.first + UInt64(last.count) { continue }
            if ranges.count == maxRanges || numbers == maxNumbers {
                frames.append(LinkTaken(through: through, ranges: ranges))
                ranges = []
                numbers = 0
            }
            numbers += 1
            if let last = ranges.last, n == last.first + UInt64(last.count) {
                ranges[ranges.count - 1] = LinkTaken.Range(first: last.first, count: last.count + 1)
            } else {
                ranges.append(LinkTaken.Range(first: n, count: 1))
            }
        }
        frames.append(LinkTaken(through: through, ranges: ranges))
        return frames
    }

    /// The numbers of all ranges.
    var also: [UInt64] { ranges.flatMap { $0.first..<$0.first + UInt64($0.count) } }
}
