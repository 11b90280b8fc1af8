import ClusterModel
import Edge
import HashRing
import Reactor
import WebSocketWire

/// The sessions of one loop that live by a token: when each ends, and fresh tokens for those that go on.
///
/// A session ends with 4401 at its token's `exp` by our clock. The tolerance for letting in does not make it longer; only a
/// token that was let in by it, after its `exp`, is good until the tolerance is over.
///
/// Costs an entry of its own per session and a timer that looks every minute at the latest: the time of day may be set, and
/// timers cannot be cancelled, so one that waited for hours would outlive its client by hours.
final class TokenSessions: SocketHandler {
    /// What is kept of a session. Nothing of the token itself.
    private struct Life {
        /// Unix seconds, as the token says.
        var expires: Int64
        /// Unix milliseconds: when the session is closed.
        var ends: Int64
        /// When the timer in force fires; others that fire are leftovers.
        var nextLook: MonotonicTime
        /// Before this no further token is looked at.
        var nextToken: MonotonicTime
    }

    private static let longestLook = Duration.seconds(60)
    /// A client that sends tokens all the time gets one checked in a second.
    private static let tokenPause = Duration.seconds(1)

    private let loop: EventLoop
    private let clock: WallClock
    private let queue: VerificationQueue
    private let lives: SocketStore<Life>
    private var handler: HandlerID?
    /// Set when the first session begins.
    private weak var edge: EdgeServer?

    init(loop: EventLoop, clock: WallClock, queue: VerificationQueue) {
        self.loop = loop
        self.clock = clock
        self.queue = queue
        lives = SocketStore(limit: loop.socketLimit)
        handler = loop.register(self)
    }

    /// A client was accepted with a token that expires then.
    func begin(_ client: ClientID, expires: Int64, edge: EdgeServer) {
        self.edge = edge
        lives.add(
            client, Life(expires: expires, ends: end(expires), nextLook: loop.now, nextToken: loop.now))
        look(client)
    }

    /// The client is gone.
    func end(_ client: ClientID) { lives.remove(client) }

    /// When a session ends whose token is taken now and expires then, in Unix milliseconds.
    private func end(_ expires: Int64) -> Int64 {
        let isLate = expires * 1000 <= clock.milliseconds
        return (isLate ? expires + TokenRules.tolerance : expires) * 1000
    }

    /// A client sent a fresh token. It counts only for the same user and service, and only if it is good for longer.
    func renew(
        _ message: UnsafeRawBufferPointer, from client: ClientID, user: UserKey, verifier: TokenVerifier
    ) {
        guard let life = lives.find(client) else { return }
        guard life.pointee.nextToken <= loop.now, !queue.isBusy(client) else {
            return answer(client, TokenMessage.refused("one token a second is enough"))
        }
        life.pointee.nextToken = loop.now + Self.tokenPause
        let reading: TokenVerifier.Reading
        do {
            reading = try verifier.read(TokenMessage.token(message))
        } catch {
            let reason = (error as? TokenRefusal)?.reason ?? "the token message is malformed"
            return answer(client, TokenMessage.refused(reason))
        }
        queue.verify(reading, for: client) { [unowned self] result in
            renewed(client, user, result)
        }
    }

    private func renewed(_ client: ClientID, _ user: UserKey, _ result: Result<Credential, HTTPRefusal>) {
        guard let life = lives.find(client) else { return }
        switch result {
        case .failure(let refusal): answer(client, TokenMessage.refused(refusal.message))
        case .success(let credential) where credential.holder != .user(user):
            answer(client, TokenMessage.refused(TokenRefusal.otherUser.reason))
        case .success(let credential):
            life.pointee.expires = max(life.pointee.expires, credential.expires)
            life.pointee.ends = max(life.pointee.ends, end(credential.expires))
            answer(client, TokenMessage.accepted(expires: life.pointee.expires))
        }
    }

    private func answer(_ client: ClientID, _ json: [UInt8]) {
        json.withUnsafeBytes { _ = edge?.send(.text, $0, to: client) }
    }

    /// Closes a session whose time has come, or sets the timer for the next look.
    private func look(_ client: ClientID) {
        guard let life = lives.find(client), let handler else { return }
        let left = life.pointee.ends - clock.milliseconds
        guard left > 0 else {
            lives.remove(client)
            edge?.close(client, code: .tokenExpired, reason: "")
            return
        }
        let pause = min(.milliseconds(left), Self.longestLook)
        life.pointee.nextLook = loop.now + pause
        loop.schedule(after: pause, handler: handler, key: client.key)
    }

    func timer(_ key: UInt64, on loop: EventLoop) {
        let client = ClientID(key: key)
        guard let life = lives.find(client), life.pointee.nextLook <= loop.now else { return }
        look(client)
    }

    // It owns no sockets; it is a handler for its timers.
    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        bytes.count
    }
    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {}
}
