import ClusterModel
import Rehoming
import SessionLink

/// What travels on a connection.
enum Wire {
    case toNode(UInt32, ToNode)
    case toGateway(UInt32, ToGateway)
    /// The leg of that number is over, without a last word.
    case endLeg(UInt32)
    /// What the application says to its client and nobody keeps.
    case data(UInt32, [UInt8])
    case peer(PeerMessage)
    /// The first word of a client.
    case open(ClientHello)
    case send([UInt8])
    case acknowledge(Position)
    case frame([UInt8])
    case home(Home, Position, UInt32)
    case goodbye(UInt16)
}

/// One end of a connection.
protocol Endpoint: AnyObject {
    var process: SimProcess { get }
    func received(_ wire: Wire, on connection: Connection)
    func lost(_ connection: Connection)
}

/// First in, first out in both directions, with delays; what was sent shortly before it is cut may be lost, from the end.
final class Connection {
    enum Side: Int {
        case opener = 0, acceptor = 1
        var other: Side { self == .opener ? .acceptor : .opener }
    }
    private enum Item {
        case wire(Wire)
        case reset
    }

    let id: Int
    func process(_ side: Side) -> SimProcess? { ends[side.rawValue]?.process }

    func joins(_ one: SimProcess, _ other: SimProcess) -> Bool {
        let both = [process(.opener), process(.acceptor)]
        return both.contains { $0 === one } && both.contains { $0 === other }
    }

    private unowned let world: Simulation
    private var ends: [(any Endpoint)?]
    private var queues: [[Item]] = [[], []]
    private var latest: [Int64] = [0, 0]
    private var isOpen = [true, true]
    private(set) var isCut = false

    init(world: Simulation, id: Int, from opener: any Endpoint, to acceptor: (any Endpoint)?) {
        self.world = world
        self.id = id
        ends = [opener, acceptor]
    }

    /// Whether that side may still use it.
    func isOpen(_ side: Side) -> Bool { isOpen[side.rawValue] }

    func side(of endpoint: any Endpoint) -> Side { ends[0] === endpoint ? .opener : .acceptor }

    func send(_ wire: Wire, from side: Side) {
        guard isOpen[side.rawValue], !isCut else { return }
        put(.wire(wire), to: side.other, after: world.delay())
    }

    /// One side closes. `isAbrupt`: it died, and what it sent last may be lost.
    func close(by side: Side, isAbrupt: Bool) {
        guard isOpen[side.rawValue] else { return }
        isOpen[side.rawValue] = false
        queues[side.rawValue] = []
        guard !isCut else { return }
        isCut = true
        if isAbrupt { loseSuffix(to: side.other) }
        put(.reset, to: side.other, after: world.delay())
    }

    /// The path breaks: each side notices in its own time.
    func cut(noticedWithin notice: Int64) {
        guard !isCut else { return }
        isCut = true
        for side in [Side.opener, .acceptor] where isOpen[side.rawValue] {
            loseSuffix(to: side)
            put(.reset, to: side, after: world.random.span(0...notice))
        }
    }

    /// One side is gone without a word: the other notices after that time, and what it says until then is lost.
    func forsake(by side: Side, noticedAfter notice: Int64) {
        guard isOpen[side.rawValue] else { return }
        isOpen[side.rawValue] = false
        queues[side.rawValue] = []
        guard !isCut else { return }
        isCut = true
        loseSuffix(to: side.other)
        put(.reset, to: side.other, after: notice)
    }

    private func loseSuffix(to side: Side) {
        let kept = world.random.pick(0...queues[side.rawValue].count)
        queues[side.rawValue].removeLast(queues[side.rawValue].count - kept)
    }

    private func put(_ item: Item, to side: Side, after delay: Int64) {
        let index = side.rawValue
        guard let end = ends[index] else { return }
        queues[index].append(item)
        latest[index] = max(latest[index], world.now + delay)
        end.process.at(latest[index]) { [self] in arrive(side) }
    }

    private func arrive(_ side: Side) {
        let index = side.rawValue
        guard isOpen[index], let end = ends[index], !queues[index].isEmpty else { return }
        switch queues[index].removeFirst() {
        case .wire(let wire):
            end.received(wire, on: self)
        case .reset:
            isOpen[index] = false
            queues[index] = []
            end.lost(self)
        }
    }
}
