import Reactor

/// One TCP or Unix connection to Redis at a time: bytes out, replies in. It decides nothing; a state machine does.
///
/// Every attempt has a number, so that a resolver's late answer or an old socket's end is not taken for the current one's.
final class RedisSocket: SocketHandler {
    enum Event {
        case opened
        case reply(RESPValue)
        /// The attempt failed or the connection ended; no further event comes from it.
        case lost(String)
        case timer
    }

    private let loop: EventLoop
    private let url: RedisURL
    private let limits: RedisLimits
    private var handler: HandlerID?
    private var attempt = 0
    private var socket: SocketID?
    private var reader: RESPReader
    private var timerDue: MonotonicTime?
    /// Which of a name's addresses the next attempt takes: one that does not answer must not hide the others.
    private var turn = 0
    var onEvent: ((Event) -> Void)?

    init(on loop: EventLoop, url: RedisURL, limits: RedisLimits) {
        self.loop = loop
        self.url = url
        self.limits = limits
        reader = RESPReader(maxReplyBytes: limits.maxReplyBytes)
    }

    /// Begins a new attempt; `opened` or `lost` follows.
    func open() {
        drop()
        let attempt = attempt
        switch url.endpoint {
        case .unix(let path): connect(to: .unix(path))
        case .tcp(let host, let port):
            if let numeric = try? SocketAddress(host: host, port: port) { return connect(to: numeric) }
            let handle = loop.handle
            let me = LoopBound(self, to: loop)
            Task {
                let found: Result<[SocketAddress], any Error>
                do { found = .success(try await Resolver.resolve(host: host, port: port)) } catch {
                    found = .failure(error)
                }
                handle.post { loop in me.value(on: loop).resolved(found, attempt: attempt) }
            }
        }
    }

    /// Forgets the current attempt or connection; nothing is heard of it any more.
    func drop() {
        attempt += 1
        if let socket {
            self.socket = nil
            loop.abort(socket)
        }
    }

    /// False if there is no connection, or its queue is full.
    func write(_ bytes: [UInt8]) -> Bool {
        guard let socket else { return false }
        return loop.write(bytes, to: socket)
    }

    /// Asks for a `timer` event at that time; an earlier request stands.
    func wake(at time: MonotonicTime) {
        if let timerDue, timerDue <= time { return }
        timerDue = time
        loop.schedule(after: max(.zero, time - loop.now), handler: registered(), key: 0)
    }

    private func registered() -> HandlerID {
        if let handler { return handler }
        let new = loop.register(self)
        handler = new
        return new
    }

    private func resolved(_ found: Result<[SocketAddress], any Error>, attempt: Int) {
        guard attempt == self.attempt else { return }
        switch found {
        case .failure(let error): onEvent?(.lost("\(error)"))
        case .success(let addresses):
            turn += 1
            connect(to: addresses[turn % addresses.count])
        }
    }

    private func connect(to address: SocketAddress) {
        do {
            socket = try loop.connect(to: address, handler: registered(), deadline: limits.openDeadline)
            reader = RESPReader(maxReplyBytes: limits.maxReplyBytes)
        } catch {
            onEvent?(.lost(error.description))
        }
    }

    func connected(_ socket: SocketID, on loop: EventLoop) {
        guard socket == self.socket else { return }
        loop.setQueueBound(limits.maxQueuedBytes, on: socket)
        onEvent?(.opened)
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        guard socket == self.socket else { return bytes.count }
        reader.feed(UnsafeRawBufferPointer(bytes))
        // An event may drop this socket or open another with a new reader.
        while socket == self.socket {
            switch reader.next() {
            case .reply(let reply): onEvent?(.reply(reply))
            case .needMore: return bytes.count
            case .failed(let reason):
                self.socket = nil
                loop.abort(socket)
                onEvent?(.lost("its answer cannot be read: \(reason)"))
            }
        }
        return bytes.count
    }

    func inputEnded(_ socket: SocketID, on loop: EventLoop) { loop.abort(socket) }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        guard socket == self.socket else { return }
        self.socket = nil
        onEvent?(.lost(reason == .local ? "\(CloseReason.peer)" : reason.description))
    }

    func timer(_ key: UInt64, on loop: EventLoop) {
        // A request for an earlier time leaves the later timer behind; its call finds nothing due.
        guard let due = timerDue, due <= loop.now else { return }
        timerDue = nil
        onEvent?(.timer)
    }
}
