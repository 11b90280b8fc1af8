import Foundation
import Reactor

/// Leads one cluster under one plan through the schedule. Of the main thread.
final class DemoRun {
    static let firstNodes = 3
    static let firstGateways = 2
    private static let connectBound = Duration.seconds(60)
    /// Longer than any answer may take.
    private static let outcomeBound = Duration.seconds(65)
    /// Time after a paced change for the last of those who were closed to come back.
    private static let comeBackTime = Duration.seconds(2)

    let setup: DemoSetup
    let cluster: DemoCluster
    let children: DemoChildren
    private let loops: LoopGroup
    private let say: (String) -> Void
    private var crowd: LoopBound<DemoCrowd>?
    private var gateways: [String] = []
    private var nodesMade = 0
    /// The node that the event of now is about, by event.
    private var victims: [DemoEvent: String] = [:]
    /// Nodes that should own a part of the ring.
    private var owners: Set<String> = []

    init(
        _ setup: DemoSetup, cluster: DemoCluster, children: DemoChildren, loops: LoopGroup,
        say: @escaping (String) -> Void
    ) {
        self.setup = setup
        self.cluster = cluster
        self.children = children
        self.loops = loops
        self.say = say
    }

    /// Why a plan cannot be tried here.
    struct NotAvailable: Error {
        let reason: String
    }

    /// Runs everything; the history goes to `descriptor`.
    ///
    /// - Throws: `NotAvailable` if the cluster does not take the plan.
    func run(history descriptor: Int32, began: Int64) throws {
        try startCluster()
        try startCrowd(descriptor, began)
        for step in setup.schedule.steps { try take(step) }
    }

    // MARK: Beginning

    private func startCluster() throws {
        try cluster.start([try children.redis()])
        try cluster.start([try children.registry()])
        let questions = try questions()
        let setup = setup
        do {
            try Waiting.run { try await questions.configure(setup.plan, closeOver: setup.closeOver) }
        } catch let failure as Failure where setup.plan == .c {
            throw NotAvailable(reason: failure.description)
        }
        gateways = (1...Self.firstGateways).map { "gateway-\($0)" }
        let registry = try address(DemoChildren.registry) { $0.http }
        try cluster.start(try gateways.map { try children.gateway($0, registry: registry) })
        try addNodes(Self.firstNodes)
        try awaitRing()
    }

    private func startCrowd(_ descriptor: Int32, _ began: Int64) throws {
        let setup = setup
        let doors = try gateways.map(door)
        let loop = loops.loops[0]
        crowd = try Waiting.run {
            try await loop.run { loop in
                let history = HistoryFile(descriptor, began: began)
                let crowd = DemoCrowd(setup, doors: doors, history: history, on: loop)
                crowd.connect()
                return LoopBound(crowd, to: loop)
            }
        }
        guard try awaitEverybody() else {
            if let why = try status().goneWhy { throw Failure("users were sent away: \(why)") }
            throw Failure("not all of \(setup.users) users were connected within \(Self.connectBound)")
        }
        try onCrowd { $0.begin() }
    }

    // MARK: The schedule

    private func take(_ step: DemoSchedule.Step) throws {
        switch step {
        case .quiet(let time):
            try onCrowd { $0.record(.phase("quiet")) }
            try cluster.wait(time)
        case .event(let event, let time):
            say("\(event.rawValue): \(Self.words(event))")
            try onCrowd { $0.record(.phase(event.rawValue)) }
            let begun = ContinuousClock.now
            try cause(event)
            try cluster.wait(max(.zero, time - (ContinuousClock.now - begun)))
            let count = try misplaced()
            try onCrowd { $0.record(.misplaced(count)) }
        case .repair(let event):
            try onCrowd { $0.record(.phase("repair")) }
            try repair(event)
            if try !awaitEverybody() { try sayWhoIsAway() }
        case .end: try end()
        }
    }

    private static func words(_ event: DemoEvent) -> String {
        switch event {
        case .join: "a node comes"
        case .drain: "a node is drained"
        case .kill: "a node gets SIGKILL"
        case .pause: "a node stands still for longer than its lease"
        case .gateway: "a gateway gets SIGKILL"
        case .redis: "Redis stands still"
        }
    }

    private func cause(_ event: DemoEvent) throws {
        switch event {
        case .join: try addNodes(1)
        case .drain:
            let node = try victim(event)
            let questions = try questions()
            owners.remove(node)
            try Waiting.run { try await questions.drain(node) }
        case .kill: try cluster.send(SIGKILL, to: try victim(event))
        case .pause: try hold(try victim(event))
        case .gateway: try cluster.send(SIGKILL, to: gateways[0])
        case .redis: try hold("redis")
        }
    }

    private func hold(_ name: String) throws {
        try cluster.send(SIGSTOP, to: name)
        try cluster.wait(setup.schedule.hold)
        try cluster.send(SIGCONT, to: name)
    }

    /// The node that owns users and has been there longest.
    private func victim(_ event: DemoEvent) throws(Failure) -> String {
        guard let node = owners.min(by: { $0.compare($1, options: .numeric) == .orderedAscending }) else {
            throw Failure("no node is left for \(event.rawValue)")
        }
        victims[event] = node
        return node
    }

    /// Puts back what the event took away, so that the next one meets a cluster of at least the first size.
    private func repair(_ event: DemoEvent) throws {
        switch event {
        case .join, .redis: return
        case .gateway:
            guard let text = cluster.notices[gateways[0]]?.data else { return }
            // The same port, so that its clients find it.
            let port = try ServerAddress(text, from: gateways[0]).port
            let registry = try address(DemoChildren.registry) { $0.http }
            try cluster.start([try children.gateway(gateways[0], port: port, registry: registry)])
            return
        case .drain:
            if let node = victims[event] { try cluster.send(SIGTERM, to: node) }
        case .kill:
            if let node = victims[event] { owners.remove(node) }
        case .pause: break
        }
        guard owners.count < Self.firstNodes || event == .pause else { return }
        try addNodes(max(0, Self.firstNodes - owners.count))
        try awaitRing()
        // The ring changed: under plans A and B sessions are closed for a while.
        if setup.plan != .c { try cluster.wait(setup.closeOver) }
        try cluster.wait(Self.comeBackTime)
    }

    private func end() throws {
        try onCrowd {
            $0.record(.phase("end"))
            $0.endSending()
        }
        let end = ContinuousClock.now + Self.outcomeBound
        while try status().unresolved > 0, ContinuousClock.now < end { try cluster.wait(.milliseconds(100)) }
        // What was acknowledged last is still on its way.
        try cluster.wait(.seconds(1))
        let strange = try status().strange
        if strange > 0 { say("\(strange) messages arrived that no user wrote") }
        guard let crowd else { return }
        let problem = try Waiting.run { try await crowd.loop.run { crowd.value(on: $0).finish() } }
        if let problem { throw Failure("the history cannot be written: \(problem)") }
    }

    // MARK: Asking and waiting

    private func addNodes(_ count: Int) throws {
        guard count > 0 else { return }
        let registry = try address(DemoChildren.registry) { $0.http }
        let names = (1...count).map { "node-\(nodesMade + $0)" }
        nodesMade += count
        owners.formUnion(names)
        try cluster.start(try names.map { try children.node($0, registry: registry) })
    }

    private func awaitRing() throws {
        let registry = try address(DemoChildren.registry) { $0.http }
        let doors = try gateways.map { try address($0) { $0.data } }
        let nodes = [setup.service: owners]
        try Waiting.run { try await DevErrands.awaitRing(nodes, registry: registry, gateways: doors) }
    }

    /// Whether everybody has a session before the bound.
    private func awaitEverybody() throws -> Bool {
        let end = ContinuousClock.now + Self.connectBound
        while ContinuousClock.now < end {
            let status = try status()
            if status.connected + status.gone >= setup.users { return status.gone == 0 }
            try cluster.wait(.milliseconds(50))
        }
        return false
    }

    private func misplaced() throws -> Int? {
        let questions = try questions()
        let admins = try cluster.nodes.map { try address($0) { $0.admin } }
        let nodes = try Waiting.run { [crowd] in
            guard let crowd else { return [Int: String]() }
            return try await crowd.loop.run { crowd.value(on: $0).nodes }
        }
        let plan = setup.plan
        return try Waiting.run {
            if let count = try await questions.misplacedByNodes(admins) { return count }
            // A session that moved behind an open connection tells its client nothing.
            return plan == .c ? nil : try await questions.misplacedByWelcomes(nodes)
        }
    }

    private func sayWhoIsAway() throws {
        let status = try status()
        say("\(setup.users - status.connected) users are still away, \(status.gone) of them for good")
        for (why, count) in status.failedAttempts.sorted(by: { $0.value > $1.value }).prefix(5) {
            say("  \(count) attempts failed: \(why)")
        }
    }

    private func status() throws -> DemoStatus {
        guard let crowd else { return DemoStatus() }
        return try Waiting.run { try await crowd.loop.run { crowd.value(on: $0).status } }
    }

    private func onCrowd(_ work: @escaping @Sendable (DemoCrowd) -> Void) throws {
        guard let crowd else { return }
        try Waiting.run { try await crowd.loop.run { work(crowd.value(on: $0)) } }
    }

    private func questions() throws(Failure) -> DemoQuestions {
        DemoQuestions(
            registry: try address(DemoChildren.registry) { $0.http }, tokenFile: children.folder.tokenFile,
            service: setup.service)
    }

    private func address(_ name: String, _ member: (ReadyNotice) -> String?) throws(Failure) -> ServerAddress {
        guard let text = cluster.notices[name].flatMap(member) else { throw Failure("\(name) names no address") }
        return try ServerAddress(text, from: name)
    }

    private func door(_ name: String) throws -> SocketAddress {
        try SocketAddress(host: "127.0.0.1", port: try address(name) { $0.data }.port)
    }
}
