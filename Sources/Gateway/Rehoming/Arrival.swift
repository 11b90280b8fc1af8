import ClusterModel
import HashRing
import Rehoming
import SessionLink
import WebSocketWire

/// How a client comes to a service whose sessions outlive their owners, by its request.
enum Arrival: Equatable {
    /// Any WebSocket client: this gateway acknowledges for it.
    case plain
    /// It speaks `ringway.v1`, and its session is new, or can't be found by what it shows.
    case new
    /// It goes on with a session. All up to the position it has; it counts its attempts, if there is a generation.
    case resuming(ResumeToken, Position, generation: UInt32?)

    /// The subprotocol that switches on acknowledged delivery and resume.
    static let subprotocol = "ringway.v1"
    /// A subprotocol that carries a resume token begins with this.
    private static let tokenPrefix = "resume."

    /// A token that can't be read, or is another service's or user's, begins a new session: a page can't see why a handshake
    /// was refused, and would show the same token for ever.
    init(_ request: UpgradeRequest, of user: UserKey, to service: ServiceName) {
        guard request.subprotocols.contains(Self.subprotocol) else {
            self = .plain
            return
        }
        self = Self.resumption(request, of: user, to: service) ?? .new
    }

    /// The session of that user: a new one, or the token's.
    func session(of user: UserKey) -> SessionID {
        switch self {
        case .plain: .random()
        case .new: .random(of: user)
        case .resuming(let token, _, _): token.session
        }
    }

    private static func resumption(_ request: UpgradeRequest, of user: UserKey, to service: ServiceName) -> Arrival? {
        do throws(HTTPRefusal) {
            let offered = request.subprotocols.first { $0.hasPrefix(tokenPrefix) }
                .map { String($0.dropFirst(tokenPrefix.count)) }
            guard let text = try query("resume", request) ?? offered, let token = ResumeToken(text),
                token.service == service, token.session.isOne(of: user)
            else { return nil }
            var position = Position.start
            if let text = try query("position", request) {
                guard let named = Position(ofClient: text) else { return nil }
                position = named
            }
            var generation: UInt32?
            if let text = try query("generation", request) {
                guard let count = UInt32(text), count < ResumeToken.generationLimit else { return nil }
                generation = count
            }
            return .resuming(token, position, generation: generation)
        } catch {
            // A parameter that is given twice.
            return nil
        }
    }

    private static func query(_ name: String, _ request: UpgradeRequest) throws(HTTPRefusal) -> String? {
        try request.queryParameter(name).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Position {
    /// A position that a client names; nil for what is none, and for numbers that JSON can't carry and nobody counts up to: with
    /// the highest one there is, the next step would trap.
    init?(ofClient text: String) {
        self.init(text)
        guard epoch <= Epoch.maxValue, k <= Epoch.maxValue else { return nil }
    }
}

extension SessionID {
    /// A session that may be resumed is its user's: half of its name is chance, the other half the hash of that and of the user.
    /// Whoever gets a message sees the sender's session, and could make up a token of it; nobody else can use that.
    static func random(of user: UserKey) -> SessionID {
        let first = UInt64.random(in: .min ... .max)
        return SessionID(first: first, second: half(first, user))
    }

    /// Whether it was made for that user.
    func isOne(of user: UserKey) -> Bool { second == Self.half(first, user) }

    private static func half(_ first: UInt64, _ user: UserKey) -> UInt64 { XXHash64.hash(user.bytes, seed: first) }
}
