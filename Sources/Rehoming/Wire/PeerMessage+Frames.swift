import SessionLink

extension Forwarded {
    /// Whether it fits into a frame. Larger ones are refused where they come from.
    public var fitsLink: Bool {
        max(from.count, to.count) <= LinkFieldWriter.maxShortCount
            && from.count + to.count + payload.count <= LinkReliable.maxBytes
    }
}

extension PeerMessage: LinkWritable {
    /// A forward must fit (`Forwarded.fitsLink`).
    public func write(to frames: inout FrameWriter) {
        switch self {
        case .forward(let message):
            message.from.withUnsafeBytes { from in
                message.to.withUnsafeBytes { to in
                    message.payload.withUnsafeBytes { payload in
                        frames.put(
                            LinkReliable(
                                correlation: message.correlation, epoch: message.epoch, sender: message.key.sender,
                                n: message.key.n, isAgain: message.isAgain, from: from, to: to, data: payload))
                    }
                }
            }
        case .answer(let correlation, let answer, let epoch):
            frames.put(LinkReliableResult(correlation: correlation, answer, epoch: epoch))
        case .fetch(let request):
            request.user.withUnsafeBytes { user in
                frames.put(
                    LinkFetch(
                        session: request.session, incarnation: request.incarnation, generation: request.generation,
                        epoch: request.epoch, user: user))
            }
        case .fetched(let session, let generation, nil):
            frames.put(LinkFetched(session: session, generation: generation, content: .unknown))
        case .fetched(let session, let generation, let found?):
            withState(found.state) { state in
                let content = LinkFetched.Content.known(kept: announce(found.outbox), state: state)
                frames.put(LinkFetched(session: session, generation: generation, content: content))
            }
            for message in found.outbox { frames.put(message) }
        }
    }

    /// What the other node asks, on a link that it opened: `reliable` or `fetch`. What its users' names consist of is checked by
    /// whoever takes them.
    public init(question frame: LinkFrame) throws(LinkError) {
        switch frame.kind {
        case .reliable:
            let message = try LinkReliable(frame)
            self = .forward(
                Forwarded(
                    correlation: message.correlation, epoch: message.epoch,
                    key: MessageKey(sender: message.sender, n: message.n), isAgain: message.isAgain,
                    from: Array(message.from), to: Array(message.to), payload: Array(message.data)))
        case .fetch:
            let fetch = try LinkFetch(frame)
            self = .fetch(
                FetchRequest(
                    session: fetch.session, incarnation: fetch.incarnation, generation: fetch.generation,
                    user: Array(fetch.user), epoch: fetch.epoch))
        default: throw .unexpectedKind(expected: .reliable, got: frame.kind)
        }
    }
}

extension LinkReliableResult {
    init(correlation: UInt64, _ answer: ForwardAnswer, epoch: UInt64) {
        let status: Status
        var neededEpoch: UInt64 = 0
        switch answer {
        case .accepted: status = .accepted
        case .delivered: status = .delivered
        case .unconfirmed: status = .unconfirmed
        case .offline: status = .offline
        case .busy: status = .busy
        case .moved(let needed, let wasPresented):
            status = wasPresented ? .movedPresented : .moved
            neededEpoch = needed
        }
        self.init(correlation: correlation, status: status, epoch: epoch, neededEpoch: neededEpoch)
    }

    var answer: ForwardAnswer {
        switch status {
        case .accepted: .accepted
        case .delivered: .delivered
        case .unconfirmed: .unconfirmed
        case .offline: .offline
        case .busy: .busy
        case .moved: .moved(epoch: neededEpoch, wasPresented: false)
        case .movedPresented: .moved(epoch: neededEpoch, wasPresented: true)
        }
    }
}
