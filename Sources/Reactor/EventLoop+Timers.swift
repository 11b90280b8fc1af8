import CLinux

extension EventLoop {
    /// Runs `body` on this loop after the duration (never early; at most about 4 ms late on an idle loop). Allocates.
    @discardableResult
    public func after(_ duration: Duration, _ body: @escaping (EventLoop) -> Void) -> TimerID {
        let number = nextClosure
        nextClosure += 1
        closures[number] = body
        wheel.add(at: timeNow() + duration, handler: Self.closureHandler, key: number)
        return TimerID(number: number)
    }

    /// Forgets a pending `after`; nothing happens if it ran already.
    public func cancel(_ timer: TimerID) { closures[timer.number] = nil }

    /// Calls `SocketHandler.timer` with the key after the duration. Allocates nothing and cannot be cancelled: the handler looks
    /// at its own state when the call comes.
    public func schedule(after duration: Duration, handler: HandlerID, key: UInt64) {
        wheel.add(at: now + duration, handler: handler.index, key: key)
    }

    /// `after` may be called in a long round (a start-up, say), so it reads the clock itself.
    private func timeNow() -> MonotonicTime { MonotonicTime(nanoseconds: clinux_monotonic_nanoseconds()) }

    func runTimers() {
        wheel.advance(to: now, into: &due)
        guard !due.isEmpty else { return }
        let entries = due
        due.removeAll(keepingCapacity: true)
        for entry in entries {
            switch entry.handler {
            case Self.closureHandler: closures.removeValue(forKey: entry.key)?(self)
            case Self.housekeepingHandler: housekeep(SocketID(key: entry.key))
            default: handlers[Int(entry.handler)].timer(entry.key, on: self)
            }
        }
    }

    /// The loop's own deadlines of a socket: a connect that takes too long, a linger that is over.
    private func housekeep(_ id: SocketID) {
        guard let slot = table.live(id) else { return }
        switch slot.pointee.phase {
        case .connecting: kill(id, .timedOut)
        case .lingering: kill(id, slot.pointee.reason)
        case .closing where slot.pointee.flags.contains(.blocked): kill(id, slot.pointee.reason)
        case .free, .listening, .open, .closing, .dead: break
        }
    }
}
