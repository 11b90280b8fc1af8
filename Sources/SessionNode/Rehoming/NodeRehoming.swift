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
    /// What it wants done, in its order. What an application does meanwhile makes it want more: that comes behind.
    var todo: [NodeMachine.Action] = []
    var isPerforming = false
    /// Homes to which a word was lost: they get no further word before the machine knows, else it would pass the lost one.
    var lost: [Home] = []
    /// Sessions that the application gave away: what was decided before that is still done for them.
    var leaving: [SessionID] = []
    var clients = ReliableSenders()
    var siblings = SiblingLinks()
    /// The links that other nodes opened, by the machine's names for them.
    var links: [NodeMachine.Link: SocketID] = [:]
    /// When the read of the ring that is under way was asked for; nil if none is.
    var ringReadAt: Duration?
    /// Whether another read is wanted when that one is over.
    var wantsRing = false
    /// When the ring in force came.
    var ringCameAt = Duration.zero
    /// For which ring the end of the grace is being looked at later.
    var graceLookedAt: UInt64 = 0
    var isGathering = false
    /// When the loop's timer for the machine comes; nil: none is set.
    var timerAt: Duration?
    private var lastLeg: NodeMachine.Leg = 0
    // Below are the names of the node's own loops, above is the machine's name of itself.
    private var lastLink: NodeMachine.Link = 1 << 32

    init(_ machine: NodeMachine) { self.machine = machine }

    /// A name for a leg that a gateway opened.
    func nextLeg() -> NodeMachine.Leg {
        lastLeg += 1
        return lastLeg
    }

    /// A name for a link that another node opened.
    func name(of link: ServedLink) -> NodeMachine.Link {
        if link.number != 0 { return link.number }
        lastLink += 1
        link.number = lastLink
        links[lastLink] = link.socket
        return lastLink
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
        return snapshot.owner(ofHash: hash).map {
            Home(node: $0.id, incarnation: $0.incarnation, loop: Int(hash % UInt64(max($0.loops, 1))))
        }
    }

    func names(_ home: Home) -> Bool { snapshot.node(home.node)?.incarnation == home.incarnation }

    /// A home that somebody named who knows nothing of loops: the user's loop there.
    func placed(_ home: Home, of user: [UInt8]) -> Home {
        guard let loops = snapshot.node(home.node)?.loops, loops > 1 else { return home }
        let hash = user.withUnsafeBytes { snapshot.ring.hash(of: $0) }
        return Home(node: home.node, incarnation: home.incarnation, loop: Int(hash % UInt64(loops)))
    }
}
