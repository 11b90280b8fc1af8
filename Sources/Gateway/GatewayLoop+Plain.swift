import Admission
import ClusterModel
import Edge
import HashRing
import WebSocketWire

// Plain requests on the data port.
extension GatewayLoop {
    func plain(_ head: HTTPHead, from client: ClientID, edge: EdgeServer) -> PlainAnswer? {
        do throws(HTTPRefusal) {
            let parts = head.pathComponents.map { String(decoding: $0, as: UTF8.self) }
            switch parts.count {
            case 1 where parts[0] == "livez": return PlainAnswer(status: 200, json: #"{"alive":true}"# + "\n")
            case 1 where parts[0] == WebModule.name: return WebModule.answer
            case 4 where parts[0] == "v1" && parts[1] == "services" && parts[3] == "where":
                return try whereIs(parts[2], head, client)
            case 1 where shared.services.contains { $0.name.text == parts[0] }: throw .upgradeRequired
            default:
                throw .notFound("nothing here; open a WebSocket at /{service}, or ask /v1/services/{service}/where")
            }
        } catch {
            return Self.answer(error)
        }
    }

    /// `where`: the owner of a user by this loop's ring, for clients that connect directly and for people.
    ///
    /// It asks for the same credentials as a socket; nil while they are being checked.
    private func whereIs(
        _ service: String, _ head: HTTPHead, _ client: ClientID
    ) throws(HTTPRefusal) -> PlainAnswer? {
        guard let name = try? ServiceName(service) else { throw .notFound("no such service") }
        let index = try index(of: name)
        try shared.identity.origins.check(head, for: name)
        let asked = try head.queryParameter("user")
        guard case .token(let reading) = try shared.identity.claim(of: head, for: name) else {
            return try owner(of: Self.user(asked), index)
        }
        desk.prove(reading, for: client) { [unowned self] result in
            edge.answer(client, answer(result, to: asked, index))
        }
        return nil
    }

    /// A user's token is an answer to the question about this user only; a service's to any.
    private func answer(_ result: Result<Credential, HTTPRefusal>, to asked: [UInt8]?, _ service: Int) -> PlainAnswer {
        do throws(HTTPRefusal) {
            switch try result.get().holder {
            case .service: return try owner(of: Self.user(asked), service)
            case .user(let user):
                if asked != nil, try Self.user(asked) != user { throw TokenRefusal.otherUser.refusal }
                return try owner(of: user, service)
            }
        } catch {
            return Self.answer(error)
        }
    }

    private static func user(_ asked: [UInt8]?) throws(HTTPRefusal) -> UserKey {
        guard let asked else { throw .badRequest("the query parameter 'user' is missing") }
        return try UserSource.key(asked)
    }

    private func owner(of user: UserKey, _ index: Int) throws(HTTPRefusal) -> PlainAnswer {
        let name = shared.services[index].name
        guard let snapshot = ring(index) else { throw .noOwner(retryAfter: 1) }
        let hash = snapshot.ring.hash(of: user)
        guard let owner = snapshot.owner(ofHash: hash) else { throw .noOwner(retryAfter: 1) }
        var json = JSONWriter()
        json.beginObject()
        json.string("service", name.text)
        json.string("user", utf8: user.bytes)
        json.string("node", owner.id.text)
        if let url = owner.url { json.string("url", url.description) }
        json.integer("epoch", snapshot.epoch.value)
        json.string("position", Hex16.string(hash))
        json.endObject()
        return PlainAnswer(status: 200, body: json.bytes + [UInt8(ascii: "\n")])
    }

    private static func answer(_ refusal: HTTPRefusal) -> PlainAnswer {
        var json = JSONWriter()
        json.beginObject()
        json.beginObject("error")
        json.string("code", refusal.code)
        json.string("message", refusal.message)
        json.endObject()
        json.endObject()
        return PlainAnswer(status: refusal.status, headers: refusal.headers, body: json.bytes + [UInt8(ascii: "\n")])
    }
}
