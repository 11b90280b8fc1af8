import Reactor
import WebSocketWire

/// Has signatures checked off the loop, so that a flood of tokens slows down new clients and not those who are in.
///
/// Bounded in number and in time: beyond `limit` checks at once, or after `patience`, the answer is 503. Answers come on the
/// loop; a client that went away meanwhile gets none.
final class VerificationQueue: SocketHandler {
    /// Checks under way at once, per loop: a tenth of a millisecond each, so the last waits some 25 ms.
    static let limit = 256
    /// How long a check may take, however busy the machine is, unless a test says otherwise.
    static let patience = Duration.seconds(2)

    typealias Answer = (Result<Credential, HTTPRefusal>) -> Void

    private struct Waiting {
        let ticket: UInt64
        let deadline: MonotonicTime
        let answer: Answer
    }

    private let loop: EventLoop
    private let clock: WallClock
    private let patience: Duration
    private var handler: HandlerID?
    private var waiting: [SocketID: Waiting] = [:]
    private var lastTicket: UInt64 = 0
    /// Checks that run, also those whose client no longer waits.
    private(set) var running = 0

    init(loop: EventLoop, clock: WallClock, patience: Duration = VerificationQueue.patience) {
        self.loop = loop
        self.clock = clock
        self.patience = patience
        handler = loop.register(self)
    }

    /// Checks a token for a client, which has no other check under way.
    func verify(_ reading: TokenVerifier.Reading, for client: SocketID, _ answer: @escaping Answer) {
        guard running < Self.limit, let handler else {
            return answer(.failure(.overloaded("too many tokens are being checked", retryAfter: 1)))
        }
        running += 1
        lastTicket += 1
        let ticket = lastTicket
        waiting[client] = Waiting(ticket: ticket, deadline: loop.now + patience, answer: answer)
        loop.schedule(after: patience, handler: handler, key: client.key)
        let bound = LoopBound(self, to: loop)
        let clock = clock
        Task.detached {
            let result = reading.outcome(by: clock)
            bound.loop.post { loop in bound.value(on: loop).finished(client, ticket, result) }
        }
    }

    /// Whether a check for this client is under way.
    func isBusy(_ client: SocketID) -> Bool { waiting[client] != nil }

    /// The client is gone.
    func forget(_ client: SocketID) { waiting[client] = nil }

    private func finished(_ client: SocketID, _ ticket: UInt64, _ result: Result<Credential, HTTPRefusal>) {
        running -= 1
        guard let entry = waiting[client], entry.ticket == ticket else { return }
        waiting[client] = nil
        entry.answer(result)
    }

    func timer(_ key: UInt64, on loop: EventLoop) {
        let client = SocketID(key: key)
        guard let entry = waiting[client], entry.deadline <= loop.now else { return }
        waiting[client] = nil
        entry.answer(.failure(.overloaded("the token could not be checked in time", retryAfter: 1)))
    }

    // It owns no sockets; it is a handler for its timers.
    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        bytes.count
    }
    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {}
}

extension TokenVerifier.Reading {
    /// The outcome of the check as an answer to a request.
    fileprivate func outcome(by clock: WallClock) -> Result<Credential, HTTPRefusal> {
        do throws(TokenRefusal) {
            return .success(try verified(at: clock.seconds))
        } catch {
            return .failure(error.refusal)
        }
    }
}
