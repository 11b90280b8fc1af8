import Reactor
import Rehoming
import SessionLink

/// What a session needs beyond `GatewaySession` to outlive its owner (plan C): its machine, and what is between the two.
final class RehomedSession {
    var machine: GatewaySessionMachine
    /// The machine's number of the leg that is open or being opened; nil: it has none.
    var attempt: GatewaySessionMachine.Attempt?
    /// What opens that leg, and on which link, until it was said.
    var attach: (SessionAttach, GatewayLink.Key)?
    /// Puts together what the node says on the leg.
    var reader = ToGatewayReader()
    /// What is to be said to the node and waits for credit; the first one may be half sent.
    var upstream: [UpstreamRest] = []
    /// A client's message that found no room in the machine's window. There is one at most: the client is not read.
    var refused: MessageRest?
    /// Messages for a client that came back, until its session is at home and says what it missed; nil otherwise. Bounded by
    /// what the machine keeps for the client.
    var heldBack: [KeptMessage]?
    /// When the loop's timer for the machine comes; nil: none is set.
    var timerAt: Duration?
    /// Whether the machine is asked at the end of this round what it gathered.
    var isGathering = false

    /// Until when a new client waits for its first owner.
    let isInBy: Duration

    init(_ machine: GatewaySessionMachine, isInBy: Duration) {
        self.machine = machine
        self.isInBy = isInBy
    }

    /// The leg is gone. What was to go by it goes by the next one: the machine has copies.
    func forgetLeg() {
        attempt = nil
        attach = nil
        upstream.removeAll()
        reader = ToGatewayReader()
    }
}

/// Frames of a client's message that wait for credit: whole frames, one behind the other.
struct UpstreamRest {
    let frames: [UInt8]
    var sent = 0
}
