import Reactor
import Testing

@testable import RedisLink

/// The machine at a glance: time in milliseconds, no socket.
@Suite struct ConnectionMachineTests {
    typealias Machine = RedisConnection.StateMachine

    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    private func machine(_ url: String = "redis://h", limits: RedisLimits = RedisLimits()) throws -> Machine {
        Machine(greeting: RedisGreeting(url: try RedisURL(url), name: "t"), limits: limits, seed: 7)
    }

    private func ready(_ limits: RedisLimits = RedisLimits()) throws -> Machine {
        var machine = try machine(limits: limits)
        _ = machine.start(now: at(0))
        _ = machine.opened(now: at(0))
        #expect(machine.received(.simple("OK"), now: at(0)) == [.tell(.up)])
        return machine
    }

    @Test("It is up only after every part of the greeting was answered")
    func greeting() throws {
        var machine = try machine("redis://bob:pw@h/3")
        #expect(machine.start(now: at(0)) == [.open])
        guard case .write(let bytes) = machine.opened(now: at(1)).first else { return #expect(Bool(false)) }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("AUTH\r\n$3\r\nbob\r\n$2\r\npw") && text.contains("SELECT\r\n$1\r\n3"))
        #expect(machine.received(.simple("OK"), now: at(2)) == [])
        #expect(machine.received(.simple("OK"), now: at(2)) == [])
        #expect(machine.state == .starting)
        #expect(machine.received(.error("NOPERM no CLIENT for you"), now: at(3)) == [.tell(.up)])
    }

    @Test("A wrong password is told once, tried again, and told apart from an unreachable server")
    func refused() throws {
        var machine = try machine("redis://:pw@h")
        _ = machine.start(now: at(0))
        #expect(machine.lost("refused", now: at(0)) == [.drop, .tell(.unreachable("refused"))])
        for round in 1...3 {
            #expect(machine.tick(now: at(Int64(round) * 5000)) == [.open])
            _ = machine.opened(now: at(Int64(round) * 5000))
            let actions = machine.received(.error("WRONGPASS no"), now: at(Int64(round) * 5000))
            #expect(actions == (round == 1 ? [.drop, .tell(.refused("WRONGPASS no"))] : [.drop]))
        }
    }

    @Test("Commands wait for the connection in order, and each is answered once with its own reply")
    func order() throws {
        var machine = try machine()
        _ = machine.start(now: at(0))
        #expect(machine.send(1, [1], deadline: .seconds(2), now: at(0)) == [])
        #expect(machine.send(2, [2], deadline: .seconds(2), now: at(0)) == [])
        _ = machine.opened(now: at(1))
        #expect(machine.received(.simple("OK"), now: at(1)) == [.tell(.up), .write([1]), .write([2])])
        #expect(machine.send(3, [3], deadline: .seconds(2), now: at(1)) == [.write([3])])
        #expect(machine.received(.integer(1), now: at(2)) == [.succeed(1, .integer(1))])
        #expect(machine.received(.error("NOSCRIPT x"), now: at(2)) == [.fail(2, .server("NOSCRIPT x"))])
        #expect(machine.received(.null, now: at(2)) == [.succeed(3, .null)])
    }

    @Test("A command that never left fails as not connected, one that left as unknown")
    func deadlines() throws {
        var machine = try machine()
        _ = machine.start(now: at(0))
        _ = machine.lost("refused", now: at(0))
        _ = machine.send(1, [1], deadline: .milliseconds(100), now: at(0))
        guard let due = machine.nextDeadline else { return #expect(Bool(false)) }
        #expect(due <= at(100))
        #expect(machine.tick(now: at(100)).contains(.fail(1, .notConnected(reason: "Redis is not reachable: refused"))))

        var other = try ready()
        _ = other.send(1, [1], deadline: .milliseconds(100), now: at(0))
        _ = other.send(2, [2], deadline: .seconds(5), now: at(0))
        #expect(other.tick(now: at(100)) == [.fail(1, .timedOut)])
        #expect(other.received(.integer(1), now: at(200)) == [], "the late answer is not given to the next command")
        #expect(other.received(.integer(2), now: at(200)) == [.succeed(2, .integer(2))])
    }

    @Test("A silent server is given up after the silence, and every command under way fails once")
    func silence() throws {
        var machine = try ready()
        _ = machine.send(1, [1], deadline: .milliseconds(100), now: at(0))
        _ = machine.send(2, [2], deadline: .seconds(5), now: at(10))
        #expect(machine.tick(now: at(100)) == [.fail(1, .timedOut)])
        #expect(machine.nextDeadline == at(2000))
        let actions = machine.tick(now: at(2000))
        #expect(actions.first == .drop)
        #expect(actions.contains(.tell(.unreachable("no answer in time"))))
        #expect(actions.contains(.fail(2, .connectionLost(reason: "Redis is not reachable: no answer in time"))))
        #expect(!actions.contains { if case .fail(1, _) = $0 { true } else { false } })
        #expect(machine.inFlight == 0)
    }

    @Test("An idle connection asks PING, and PING unanswered is silence")
    func ping() throws {
        var machine = try ready()
        #expect(machine.nextDeadline == at(2000))
        #expect(machine.tick(now: at(2000)) == [.write(RedisCommand.ping)])
        #expect(machine.tick(now: at(3999)) == [])
        #expect(machine.tick(now: at(4000)).first == .drop)
        var healthy = try ready()
        _ = healthy.tick(now: at(2000))
        #expect(healthy.received(.simple("PONG"), now: at(2100)) == [])
        #expect(healthy.nextDeadline == at(4100))
    }

    @Test("One command over the bound, or one too large, is refused, and there is room again after an answer")
    func overload() throws {
        var limits = RedisLimits()
        limits.maxCommandsInFlight = 2
        limits.maxQueuedBytes = 3
        var machine = try ready(limits)
        _ = machine.send(1, [1], deadline: .seconds(1), now: at(0))
        _ = machine.send(2, [2], deadline: .seconds(1), now: at(0))
        #expect(machine.send(3, [3], deadline: .seconds(1), now: at(0)) == [.fail(3, .overloaded)])
        _ = machine.received(.null, now: at(1))
        #expect(machine.send(4, [4, 4, 4, 4], deadline: .seconds(1), now: at(1)) == [.fail(4, .overloaded)])
        #expect(machine.send(5, [5], deadline: .seconds(1), now: at(1)) == [.write([5])])
    }

    @Test("Stopped, it fails what waits and hears nothing more")
    func stop() throws {
        var machine = try ready()
        _ = machine.send(1, [1], deadline: .seconds(1), now: at(0))
        #expect(machine.stop() == [.drop, .fail(1, .stopped)])
        #expect(machine.send(2, [2], deadline: .seconds(1), now: at(0)) == [.fail(2, .stopped)])
        #expect(machine.lost("x", now: at(1)) == [])
        #expect(machine.nextDeadline == nil)
    }

    @Test("Whatever happens in whatever order, each command is answered exactly once")
    func everyCommandOnce() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(state: seed)
        for _ in 0..<300 {
            var machine = try machine()
            var now: Int64 = 0
            var answered: [UInt64: Int] = [:]
            var sent: UInt64 = 0
            func take(_ actions: [Machine.Action]) {
                for action in actions {
                    if case .succeed(let id, _) = action { answered[id, default: 0] += 1 }
                    if case .fail(let id, _) = action { answered[id, default: 0] += 1 }
                }
            }
            take(machine.start(now: at(now)))
            for _ in 0..<200 {
                now += Int64.random(in: 0...300, using: &random)
                switch Int.random(in: 0..<12, using: &random) {
                case 0...3:
                    sent += 1
                    take(machine.send(sent, [1], deadline: .milliseconds(500), now: at(now)))
                case 4...6: take(machine.received(.simple("OK"), now: at(now)))
                case 7: take(machine.opened(now: at(now)))
                case 8: take(machine.lost("gone", now: at(now)))
                default: take(machine.tick(now: at(now)))
                }
            }
            take(machine.stop())
            #expect(answered.count == Int(sent) && answered.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        }
    }
}
