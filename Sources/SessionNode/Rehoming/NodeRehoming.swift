import ClusterModel
import HashRing
import Reactor
import Rehoming
import SessionLink

/// What a loop of a node has for sessions that move behind their clients' sockets (plan C): the machine, and where its legs
/// and sessions are.
final class NodeRehoming {
    /// Where a leg of the machine's is.
    struct Place {
        let link: SocketID
        let leg: LegID
        let session: SessionID
    }

    /// The client's message that the application is dealing with.
    struct Handling {
        let session: SessionRef
        let id: SessionID
        let n: UInt64
        /// It may have been dealt with before, by a node that is gone.
        let isAgain: Bool
        /// Whether its result comes later.
        var isDeferred = false
    }

    var machine: NodeMachine
    var places: [NodeMachine.Leg: Place] = [:]
    /// The newest leg of each session.
    var legs: [SessionID: NodeMachine.Leg] = [:]
    var refs: [SessionID: SessionRef] = [:]
    var handling: Handling?
    /// While the machine decides nobody may tell it anything else.
    var isDeciding = false
    /// What it is told once it has decided.
    var later: [(inout NodeMachine, Duration, inout [NodeMachine.Action]) -> Void] = []
    var isGathering = false
    /// When the loop's timer for the machine comes; nil: none is set.
    var timerAt: Duration?
    private var lastLeg: NodeMachine.Leg = 0

    init(_ machine: NodeMachine) { self.machine = machine }

    /// A name for a leg that a gateway opened.
    func nextLeg() -> NodeMachine.Leg {
        lastLeg += 1
        return lastLeg
    }
}

/// A leg that was opened with an adopt, on its link.
final class AdoptedLeg {
    let number: NodeMachine.Leg
    var reader = ToNodeReader()

    init(_ number: NodeMachine.Leg) { self.number = number }
}

/// A ring as the machines ask it.
struct RingOwners: OwnerMap {
    let snapshot: RingSnapshot

    var epoch: UInt64 { snapshot.epoch.value }

    func owner(of user: [UInt8]) -> Home? {
        let hash = user.withUnsafeBytes { snapshot.ring.hash(of: $0) }
        return snapshot.owner(ofHash: hash).map { Home(node: $0.id, incarnation: $0.incarnation) }
    }

    func names(_ home: Home) -> Bool { snapshot.node(home.node)?.incarnation == home.incarnation }
}
