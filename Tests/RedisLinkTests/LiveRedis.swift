import Reactor
import RedisLink
import TestRedis

/// A loop and clients on it, ended in the right order with the test.
struct LiveRedis {
    let server: RedisServer
    let group = LoopGroup(count: 1, name: "redis")

    init(_ arguments: [String] = []) throws { server = try RedisServer(arguments) }

    var loop: LoopHandle { group.loops[0] }

    /// Short times, so that a test need not wait for the defaults; not so short that a busy machine looks like a dead server.
    static var quick: RedisLimits {
        var limits = RedisLimits()
        limits.openDeadline = .milliseconds(1500)
        limits.backoffCap = .milliseconds(200)
        limits.pingEvery = .milliseconds(300)
        limits.silence = .milliseconds(1500)
        limits.probeEvery = .milliseconds(300)
        limits.probeDeadline = .milliseconds(1500)
        return limits
    }

    func client(
        login: String = "", limits: RedisLimits = Self.quick, states: Events<RedisState> = Events()
    ) throws -> RedisClient {
        RedisClient(on: loop, url: try RedisURL(server.url(login: login)), name: "test client", limits: limits) {
            states.post($0)
        }
    }
}

extension RedisState {
    var isUp: Bool { self == .up }
    var isUnreachable: Bool { if case .unreachable = self { true } else { false } }
    var isRefused: Bool { if case .refused = self { true } else { false } }
}
