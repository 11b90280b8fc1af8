import ClusterModel
import Edge
import Reactor
import RingSync

/// All loops of one gateway.
final class GatewayFleet: Sendable {
    let loops: LoopGroup
    let shared: GatewayShared
    private let bound = Locked<[LoopBound<GatewayLoop>]>([])

    init(loops: LoopGroup, shared: GatewayShared) {
        self.loops = loops
        self.shared = shared
    }

    /// Takes clients on every loop, on one port.
    ///
    /// - Returns: the address with its real port.
    func listen(host: String, port: Int) async throws -> String {
        var address = try SocketAddress(host: host, port: port)
        for handle in loops.loops {
            let wanted = address
            let (loop, taken) = try await handle.run { [shared] loop in
                Result {
                    let gateway = GatewayLoop(loop: loop, shared: shared)
                    let bound = try gateway.edge.listen(on: wanted, tls: shared.encryption.clients)
                    return (LoopBound(gateway, to: loop), bound)
                }
            }.get()
            bound.withLock { $0.append(loop) }
            address = taken
        }
        follow()
        return address.description
    }

    /// Tells every loop of every new ring.
    private func follow() {
        let all = bound.withLock { $0 }
        for (index, service) in shared.services.enumerated() {
            service.cache.observe { snapshot in
                for gateway in all {
                    gateway.loop.post { gateway.value(on: $0).ringChanged(index, snapshot) }
                }
            }
        }
    }

    /// Closes the listeners and all clients, and waits until they are gone, at most for `time`.
    func close(within time: Duration) async {
        let all = bound.withLock { $0 }
        for gateway in all { gateway.loop.post { gateway.value(on: $0).stop() } }
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            let open = await counters().reduce(0) { $0 + $1.edge.open }
            if open == 0 { return }
            // Asked and not told: a loop counts its clients and knows nobody who waits for the last one, and an end is no hurry.
            // Who is cancelled on the way is to be over, clients or not.
            do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
        }
    }

    /// What each loop has done.
    func counters() async -> [GatewayCounters] {
        var all: [GatewayCounters] = []
        for gateway in bound.withLock({ $0 }) {
            if let counters = try? await gateway.loop.run({ gateway.value(on: $0).counters }) { all.append(counters) }
        }
        return all
    }
}

/// One loop's numbers.
struct GatewayCounters: Sendable {
    let edge: EdgeCounters
    /// Per service, in the order of the gateway's services.
    let traffic: [GatewayTraffic]
    let links: Int
    let queuedBytes: Int
    /// Legs whose node broke a rule, by code.
    let violations: [CloseCode: Int]
    let tls: TLSCounters
}

/// What one service's clients did on one loop.
struct GatewayTraffic: Sendable {
    /// Open sessions.
    var sessions = 0
    /// Messages from clients.
    var messagesIn = 0
    /// Messages to clients.
    var messagesOut = 0
}

extension GatewayLoop {
    var counters: GatewayCounters {
        GatewayCounters(
            edge: edge.counters, traffic: traffic, links: links.readyCount, queuedBytes: loop.queuedBytesInAll,
            violations: violations.counts, tls: loop.tlsCounters)
    }
}
