import SessionLink

/// The sender's side: go-back-N for each receiving user.
///
/// A stream keeps what is not accepted, in order, and presents it to the owner by the ring. When the path changes, all of it
/// goes again before anything new (P5). Answers to what was sent by a former path are ignored: all of that was sent again.
///
/// Bounded: per receiving user 4 windows of messages or bytes, per sending session 4 windows; then `busy`. Time: what is not
/// accepted after `giveUp` is settled, what was accepted after `giveUp` and `resume` together.
struct SenderStreams {
    let me: Home
    let bounds: RehomingBounds
    var streams = SlotTable<[UInt8], SenderStream>()
    var paths: [UInt64: Int] = [:]
    var keys: [MessageKey: Int] = [:]
    var loads: [SessionID: [Int: Int]] = [:]
    private var lastCorrelation: UInt64 = 0
    /// The ring in force.
    private var map: (any OwnerMap)?

    init(me: Home, bounds: RehomingBounds) {
        self.me = me
        self.bounds = bounds
    }

    private var epoch: UInt64 { map?.epoch ?? 0 }

    /// A session's message. Returns its stream, to be looked at by the clock.
    mutating func send(
        _ key: MessageKey, from: [UInt8], to user: [UInt8], payload: [UInt8], ticket: UInt64, isAgain: Bool,
        now: Duration, _ out: inout NodeOutlet
    ) -> Int? {
        if let slot = keys[key], RehomingRule.resubmittedJoins.holds {
            join(key, slot, ticket: ticket, &out)
            return slot
        }
        let slot = streams.slot(of: user) ?? streams.insert(SenderStream(to: user), for: user)
        let load = loads[key.sender]?.values.reduce(0, +) ?? 0
        let limit = 4 * bounds.messages
        let maxBytes = 4 * bounds.bytes
        guard load < limit, streams[slot]?.hasRoom(messages: limit, bytes: maxBytes) ?? false else {
            out.errands.append(.outcome(key, outcome(.busy, isAgain: isAgain), tickets: [ticket]))
            forgetIfEmpty(slot)
            return nil
        }
        keys[key] = slot
        loads[key.sender, default: [:]][slot, default: 0] += 1
        let item = SenderStream.Item(
            key: key, from: from, payload: payload, tickets: [ticket], isAgain: isAgain,
            deadline: now + bounds.giveUp)
        streams[slot]?.items.append(item)
        streams[slot]?.bytes += payload.count
        if streams[slot]?.isFresh ?? false {
            start(slot, now, &out)
        } else {
            pump(slot, &out)
        }
        return slot
    }

    /// The same message again, by another leg or from a resumed client: it is not sent twice.
    private mutating func join(_ key: MessageKey, _ slot: Int, ticket: UInt64, _ out: inout NodeOutlet) {
        if let index = streams[slot]?.items.firstIndex(where: { $0.key == key }) {
            streams[slot]?.items[index].tickets.append(ticket)
        } else {
            out.errands.append(.outcome(key, .accepted, tickets: [ticket]))
        }
    }

    /// A ring came: what has another owner by it goes there; what waited for it goes on.
    mutating func ring(_ map: any OwnerMap, now: Duration, _ out: inout NodeOutlet) {
        self.map = map
        for slot in streams.indices {
            guard let stream = streams[slot] else { continue }
            if stream.items.isEmpty {
                streams[slot]?.state = .waiting(ring: 0, until: .zero)
                continue
            }
            switch stream.state {
            case .flowing(let home):
                if map.owner(of: stream.to) == home { continue }
                stop(slot, ring: 0, until: now)
            case .waiting(let ring, _):
                if ring > map.epoch { continue }
            }
            start(slot, now, &out)
        }
    }

    /// Begins to send to the owner by the ring, from the first message on (P5).
    private mutating func start(_ slot: Int, _ now: Duration, _ out: inout NodeOutlet) {
        guard let stream = streams[slot], !stream.items.isEmpty else { return }
        guard let owner = map?.owner(of: stream.to) else {
            let later = now + bounds.retry.upperBound
            streams[slot]?.state = .waiting(ring: 0, until: later)
            return
        }
        let epoch = epoch
        streams[slot]?.state = .flowing(owner)
        streams[slot]?.epoch = epoch
        if !RehomingRule.resendInOrder.holds {
            for index in stream.items.indices.reversed() { present(index, slot, to: owner, &out) }
        }
        pump(slot, &out)
    }

    /// Sends what was not sent on the present path.
    private mutating func pump(_ slot: Int, _ out: inout NodeOutlet) {
        guard let stream = streams[slot], let owner = stream.target else { return }
        for index in stream.items.indices.reversed().prefix(while: { stream.items[$0].correlation == 0 }).reversed() {
            present(index, slot, to: owner, &out)
        }
    }

    private mutating func present(_ index: Int, _ slot: Int, to owner: Home, _ out: inout NodeOutlet) {
        lastCorrelation += 1
        paths[lastCorrelation] = slot
        let newest = epoch
        if !RehomingRule.streamKeepsEpoch.holds { streams[slot]?.epoch = newest }
        let correlation = lastCorrelation
        guard let forward = streams[slot]?.present(index, to: owner, correlation: correlation) else { return }
        if owner == me {
            out.errands.append(.forward(forward))
        } else {
            out.actions.append(.send(owner, .forward(forward)))
        }
    }

    /// What the owner says. Returns the stream, to be looked at by the clock.
    mutating func answered(
        _ correlation: UInt64, _ answer: ForwardAnswer, now: Duration, _ out: inout NodeOutlet
    ) -> Int? {
        guard let slot = paths[correlation], let stream = streams[slot] else { return nil }
        if let index = stream.items.firstIndex(where: { $0.correlation == correlation }) {
            streams[slot]?.failures = 0
            switch answer {
            case .accepted: accept(index, slot, now, &out)
            case .delivered: settle(index, slot, .delivered, &out)
            case .unconfirmed: settle(index, slot, .unknown, &out)
            case .offline: settle(index, slot, .offline, &out)
            case .busy: settle(index, slot, .busy, &out)
            case .moved(let epoch, let wasPresented):
                streams[slot]?.failures = stream.failures
                moved(index, slot, epoch: epoch, wasPresented: wasPresented, now, &out)
            }
        } else if let index = stream.accepted.firstIndex(where: { $0.correlation == correlation }) {
            settleAccepted(index, slot, answer == .delivered ? .delivered : .unknown, &out)
        }
        return slot
    }

    private mutating func moved(
        _ index: Int, _ slot: Int, epoch refused: UInt64, wasPresented: Bool, _ now: Duration,
        _ out: inout NodeOutlet
    ) {
        guard var stream = streams[slot] else { return }
        let sent = stream.epoch
        let pause = stream.pause(bounds)
        let isBehind = refused > epoch
        let mayTryNow = !isBehind && sent < epoch && stream.failures <= 2
        streams[slot]?.failures = stream.failures
        stop(
            slot, refused: index, wasPresented: wasPresented, ring: isBehind ? refused : 0,
            until: mayTryNow ? now : now + pause)
        if isBehind, RehomingRule.readHigherEpoch.holds { out.actions.append(.readRing(atLeast: refused)) }
        if mayTryNow { start(slot, now, &out) }
    }

    private mutating func stop(
        _ slot: Int, refused index: Int? = nil, wasPresented: Bool = true, ring: UInt64, until: Duration
    ) {
        let ended = streams[slot]?.stop(refused: index, wasPresented: wasPresented, ring: ring, until: until) ?? []
        for correlation in ended { paths[correlation] = nil }
    }

    /// The link to a node is gone: what went there goes again; what it had accepted nobody will confirm.
    mutating func peerLost(_ home: Home, now: Duration, _ out: inout NodeOutlet) -> [Int] {
        var touched: [Int] = []
        for slot in streams.indices {
            guard let stream = streams[slot] else { continue }
            for key in stream.accepted.filter({ $0.home == home }).map(\.key) {
                guard let index = streams[slot]?.accepted.firstIndex(where: { $0.key == key }) else { continue }
                settleAccepted(index, slot, .unknown, &out)
            }
            let bounds = bounds
            if stream.target == home, let pause = streams[slot]?.pause(bounds) {
                stop(slot, ring: 0, until: now + pause)
            }
            touched.append(slot)
        }
        return touched
    }

    /// Time passed for that stream.
    mutating func wake(_ slot: Int, now: Duration, _ out: inout NodeOutlet) {
        streams[slot]?.armed = nil
        while let item = streams[slot]?.items.first, item.deadline <= now {
            settle(0, slot, item.isAgain || item.correlation != 0 ? .unknown : .unreachable, &out)
        }
        while let item = streams[slot]?.accepted.first, item.deadline <= now {
            settleAccepted(0, slot, .unknown, &out)
        }
        guard let stream = streams[slot], !stream.items.isEmpty, case .waiting(let ring, let until) = stream.state,
            until <= now
        else { return }
        if ring > epoch {
            let later = now + bounds.retry.upperBound
            streams[slot]?.state = .waiting(ring: ring, until: later)
            if RehomingRule.readHigherEpoch.holds { out.actions.append(.readRing(atLeast: ring)) }
        } else {
            start(slot, now, &out)
        }
    }
}
