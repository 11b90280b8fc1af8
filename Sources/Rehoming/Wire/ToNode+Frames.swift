import SessionLink

extension ToNode: LinkWritable {
    /// An attach is an adopt and the kept messages; a message always goes with its number. New ones of an open leg are not
    /// said as values: their driver writes `text` and `binary`, and both ends count.
    public func write(to frames: inout FrameWriter) {
        switch self {
        case .attach(let attach): attach.write(to: &frames)
        case .message(let n, let isAgain, let isText, let bytes):
            bytes.withUnsafeBytes { frames.put(LinkAgain(n: n, isAgain: isAgain, isText: isText, body: $0)) }
        case .stored(let through): frames.put(LinkStored(LinkPosition(through)))
        case .duplicate(let position): frames.put(LinkDuplicate(LinkPosition(position)))
        case .declined(let position): frames.put(LinkDeclined(LinkPosition(position)))
        case .received(let through): frames.put(LinkReceived(LinkPosition(through)))
        case .detach(let epoch): frames.put(LinkDetach(epoch: epoch))
        case .close(let code): frames.put(LinkClose(code: code))
        }
    }
}

extension SessionAttach: LinkWritable {
    /// The adopt, with the state if it is not too large, and the buffer.
    public func write(to frames: inout FrameWriter) {
        var flags: LinkAdopt.Flags = []
        if kind == .resumable { flags.insert(.resumable) }
        if isNew { flags.insert(.new) }
        if isSynced { flags.insert(.synced) }
        if isReleased { flags.insert(.released) }
        var node = home?.node.text ?? ""
        user.withUnsafeBytes { user in
            node.withUTF8 { node in
                withState(state) { state in
                    let home = home.map {
                        LinkAdopt.Home(incarnation: $0.incarnation.value, node: UnsafeRawBufferPointer(node))
                    }
                    frames.put(
                        LinkAdopt(
                            epoch: epoch, session: session, generation: generation, flags: flags,
                            last: LinkPosition(last), nextNumber: nextNumber, brought: announce(buffer), user: user,
                            home: home, state: state))
                }
            }
        }
        for message in buffer { frames.put(message) }
    }

    /// All but the buffer.
    init(_ adopt: LinkAdopt) throws(LinkError) {
        self.init(
            epoch: adopt.epoch, session: adopt.session, user: Array(adopt.user),
            kind: adopt.flags.contains(.resumable) ? .resumable : .plain)
        generation = adopt.generation
        isNew = adopt.flags.contains(.new)
        if let from = adopt.home { home = try Home(from) }
        isSynced = adopt.flags.contains(.synced)
        last = Position(adopt.last)
        nextNumber = adopt.nextNumber
        state = adopt.state.map { Array($0) }
        isReleased = adopt.flags.contains(.released)
    }
}
