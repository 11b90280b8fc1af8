import ClusterModel
import Edge
import Rehoming
import WebSocketWire

// Clients that speak `ringway.v1`: what the gateway itself says to them, and hears of them.
extension GatewayLoop {
    /// The machine of a session that comes like that.
    func machine(_ arrival: Arrival, _ session: GatewaySession) -> GatewaySessionMachine {
        switch arrival {
        case .plain: GatewaySessionMachine(session: session.id, user: session.user.bytes, kind: .plain)
        case .new: GatewaySessionMachine(session: session.id, user: session.user.bytes, kind: .resumable)
        case .resuming(let token, let position, let generation):
            GatewaySessionMachine(
                resuming: token, user: session.user.bytes, position: position, generation: generation)
        }
    }

    /// The client has all up to there; or it says so in a way that nobody understands.
    func acknowledged(_ ack: ClientAck, _ client: ClientID, _ rehomed: RehomedSession) {
        switch ack {
        case .through(let position): tell(client, rehomed) { $0.clientReceived(through: position, &$2) }
        case .malformed:
            var json = JSONWriter()
            json.beginObject()
            json.string("type", "error")
            json.string("reason", "an ack has a position, as messages and home name it")
            json.endObject()
            say(json, client)
        }
    }

    /// The session is at home. A client that came back hears first whether it missed something for good, and how many messages
    /// follow; they were held back until that was known.
    func home(
        _ home: Home, at position: Position, generation: UInt32, _ client: ClientID,
        _ session: UnsafeMutablePointer<GatewaySession>, _ rehomed: RehomedSession
    ) {
        let service = session.pointee.service
        let session = session.pointee.id
        if let missed = rehomed.heldBack {
            rehomed.heldBack = nil
            var json = JSONWriter()
            json.beginObject()
            json.string("type", "resumed")
            json.boolean("recovered", rehomed.machine.isRecovered)
            json.integer("replayed", UInt64(missed.count))
            json.endObject()
            say(json, client)
            for message in missed { pass(message, client, service) }
        }
        let token = ResumeToken(
            session: session, generation: generation, home: home, service: shared.services[service].name)
        var json = JSONWriter()
        json.beginObject()
        json.string("type", "home")
        json.string("node", home.node.text)
        json.string("resume", token.text)
        json.string("position", position.description)
        json.endObject()
        say(json, client)
    }

    /// A message of the node's machine for the client.
    func deliver(
        _ message: KeptMessage, _ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>,
        _ rehomed: RehomedSession
    ) {
        guard rehomed.heldBack == nil else {
            rehomed.heldBack?.append(message)
            return
        }
        guard pass(message, client, session.pointee.service), rehomed.machine.kind == .plain else { return }
        tell(client, rehomed) { $0.clientReceived(through: message.position, &$2) }
    }

    @discardableResult private func pass(_ message: KeptMessage, _ client: ClientID, _ service: Int) -> Bool {
        guard message.frame.withUnsafeBytes({ edge.send(.text, $0, to: client) }) else { return false }
        traffic[service].messagesOut += 1
        return true
    }

    private func say(_ json: JSONWriter, _ client: ClientID) {
        _ = json.bytes.withUnsafeBytes { edge.send(.text, $0, to: client) }
    }
}
