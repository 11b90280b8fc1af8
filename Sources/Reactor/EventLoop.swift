import CLinux
import Glibc

/// One epoll loop on one thread: sockets, timers and a mailbox. It knows no protocol.
///
/// A round: wait for events → read each ready socket once and give the bytes to its handler → run posted work → timers → bytes
/// that were kept → TLS handshakes, for a millisecond → handlers that asked for the round's end → **one send per socket** with all that the round produced →
/// release what was closed. So the cost of a system call is shared by everything a round had to say to a socket.
///
/// A loop and all it hands out belong to its thread; `handle` is the way in for others. Nothing here blocks but the wait.
public final class EventLoop {
    /// The way into this loop from other threads.
    public let handle: LoopHandle
    /// The time at the start of this round (refreshed after the wait); good to a round's length.
    public internal(set) var now: MonotonicTime
    /// One more than the highest `SocketID.index` there can be: the process's limit of open descriptors.
    public var socketLimit: Int { table.limit }
    /// Bytes waiting in all write queues of this loop.
    public internal(set) var queuedBytesInAll = 0
    /// What the loop's TLS sockets have done.
    public internal(set) var tlsCounters = TLSCounters()
    /// Inside `SocketHandler.closed`, for a reason `.tls`: what exactly happened, as OpenSSL says it; may be empty.
    public internal(set) var tlsProblem = ""
    /// Sockets that are open now, listeners not counted.
    public internal(set) var openSockets = 0

    static let readBufferSize = 256 << 10
    static let eventsPerWait = 1024
    static let handshakeNanosecondsPerRound: Int64 = 1_000_000
    static let closureHandler = UInt16.max
    static let housekeepingHandler = UInt16.max - 1

    let table: SocketTable
    let epoll: Int32
    let readBuffer: UnsafeMutableRawBufferPointer
    let events: UnsafeMutablePointer<epoll_event>
    var pool = BufferPool()
    var handlers: [any SocketHandler] = []
    var wheel: TimerWheel
    var due: [TimerWheel.Entry] = []
    var closures: [UInt64: (EventLoop) -> Void] = [:]
    var nextClosure: UInt64 = 1
    var dirty: [SocketID] = []
    var represented: [SocketID] = []
    var dying: [SocketID] = []
    /// Connections that have input for their TLS handshake, oldest first.
    var handshakes: [SocketID] = []
    /// The TLS sockets; a loop without any never makes it.
    lazy var secure = SecureSockets(limit: table.limit)
    var lingering: [UInt64: SocketID] = [:]
    var wantsRoundEnd: [UInt16] = []
    var pausedListeners: [SocketID] = []
    var listenersAwaitTimer = false
    /// Whether gated listeners may accept; the process's own once one listens.
    var gate = AcceptGate()
    /// Bytes that handlers hold for sockets outside the loop's own buffers. They count as held memory.
    public var heldElsewhere = 0
    /// What the gate was told of this loop's held memory.
    var toldHeld = 0
    /// What the handler is being shown right now, so that `detach` can take it along.
    var presenting: (socket: SocketID, bytes: UnsafeMutableRawBufferPointer)?
    var running = true

    init(mailbox: Mailbox) {
        handle = LoopHandle(mailbox: mailbox)
        now = MonotonicTime(nanoseconds: clinux_monotonic_nanoseconds())
        wheel = TimerWheel(now: now)
        table = SocketTable(limit: Int(clamping: max(1024, min(clinux_raise_descriptor_limit(), 1 << 20))))
        epoll = clinux_epoll_create()
        precondition(epoll >= 0, "epoll_create1: \(String(cString: strerror(errno)))")
        readBuffer = .allocate(byteCount: Self.readBufferSize, alignment: 64)
        events = .allocate(capacity: Self.eventsPerWait)
        _ = clinux_epoll_control(
            epoll, EPOLL_CTL_ADD, mailbox.wakeDescriptor, EPOLLIN.rawValue, Self.wakeTag)
    }

    static let wakeTag = UInt64.max

    /// Runs rounds until `stop`. Called once, on the loop's own thread.
    func run() {
        while running { round() }
        for work in handle.mailbox.closeAndTake() { work(self) }
        flushDirty()
        releaseEverything()
    }

    private func round() {
        let idle =
            dirty.isEmpty && represented.isEmpty && dying.isEmpty && wantsRoundEnd.isEmpty && handshakes.isEmpty
        let wait = idle ? (wheel.millisecondsToNext(from: now) ?? -1) : 0
        let count = epoll_wait(epoll, events, Int32(Self.eventsPerWait), wait)
        now = MonotonicTime(nanoseconds: clinux_monotonic_nanoseconds())
        var mail = false
        var index = 0
        while index < Int(count) {
            let tag = events[index].data.u64
            if tag == Self.wakeTag { mail = true } else { dispatch(tag, events[index].events) }
            index += 1
        }
        if mail { runMail() }
        runTimers()
        presentKept()
        runHandshakes()
        runRoundEnds()
        flushDirty()
        releaseDead()
        tellHeld()
    }

    private func dispatch(_ tag: UInt64, _ ready: UInt32) {
        let id = SocketID(key: tag)
        guard let slot = table.live(id) else { return }
        switch slot.pointee.phase {
        case .listening: acceptMany(id)
        case .connecting: finishConnect(id)
        case .open:
            if ready & EPOLLOUT.rawValue != 0 { flushBlocked(id) }
            if ready & ~EPOLLOUT.rawValue != 0 {
                read(id, hangup: ready & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0)
            }
        case .closing:
            if ready & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 {
                kill(id, .error(clinux_socket_error(id.index)))
            } else if ready & EPOLLOUT.rawValue != 0 {
                flushBlocked(id)
            }
        case .lingering: discardInput(id)
        case .free, .dead: break
        }
    }

    private func runMail() {
        clinux_eventfd_clear(handle.mailbox.wakeDescriptor)
        for work in handle.mailbox.take() { work(self) }
    }

    private func runRoundEnds() {
        // What a round's end asks for in turn waits for the next round, so that a round always ends.
        let asked = wantsRoundEnd
        wantsRoundEnd.removeAll(keepingCapacity: true)
        for index in asked { handlers[Int(index)].roundEnded(on: self) }
    }

    /// Registers a protocol; the loop keeps it alive until it stops. At most 65,534 per loop.
    public func register(_ handler: any SocketHandler) -> HandlerID {
        precondition(handlers.count < Int(Self.housekeepingHandler), "too many handlers on one event loop")
        handlers.append(handler)
        return HandlerID(index: UInt16(handlers.count - 1))
    }

    /// Asks for one `SocketHandler.roundEnded` call before this round's sends; asking twice in a round gives one call.
    public func atRoundEnd(_ handler: HandlerID) {
        if !wantsRoundEnd.contains(handler.index) { wantsRoundEnd.append(handler.index) }
    }

    /// Ends the loop after this round: sockets are closed, later posts are refused.
    public func stop() { running = false }

    deinit {
        Glibc.close(epoll)
        readBuffer.deallocate()
        events.deallocate()
        table.destroy()
        pool.destroy()
    }
}
