import ClusterModel
import Reactor

// The end of a client that broke a rule.
//
// What it said before is as good as any message and may be on its way through a cluster: whoever stands behind the edge can
// ask for a moment, so that the answers go out before the close frame (RFC 6455 asks for the frames before a bad one to be
// served). Nothing more is read from the client meanwhile, and the moment is short.
extension EdgeServer {
    /// How long answers are waited for: a round trip to a node takes a thousandth of it.
    static let lastAnswers = Duration.milliseconds(250)

    /// The client broke a rule: nothing more of it is read.
    func broke(_ id: ClientID, _ client: UnsafeMutablePointer<Client>, code: CloseCode, reason: String) {
        client.pointee.reader.destroy()
        guard client.pointee.phase == .open else { return violated(id, client, code: code, reason: reason) }
        let deadline = (loop.now + Self.lastAnswers).nanoseconds
        client.pointee.failure = Failure(code: code, reason: reason, deadline: deadline)
        if application.owesAnswers(to: id, edge: self) {
            loop.schedule(after: Self.lastAnswers, handler: handlerID, key: id.key)
        } else {
            finish(id)
        }
    }

    /// Ends a client that broke a rule: the answers to what it said before are out. Does nothing to any other.
    public func finish(_ id: ClientID) {
        guard let client = table.find(id), client.pointee.phase == .open, let failure = client.pointee.failure else {
            return
        }
        client.pointee.failure = nil
        violated(id, client, code: failure.code, reason: failure.reason)
    }
}

/// The rule that a client broke.
final class Failure {
    let code: CloseCode
    let reason: String
    /// In nanoseconds of the loop's clock.
    let deadline: Int64

    init(code: CloseCode, reason: String, deadline: Int64) {
        self.code = code
        self.reason = reason
        self.deadline = deadline
    }
}
