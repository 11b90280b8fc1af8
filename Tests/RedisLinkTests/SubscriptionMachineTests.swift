import Reactor
import Testing

@testable import RedisLink

@Suite struct SubscriptionMachineTests {
    typealias Machine = RedisSubscription.StateMachine

    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    private func push(_ kind: String, _ parts: String...) -> RESPValue {
        .array(([kind] + parts).map { .bulk(Array($0.utf8)) })
    }

    private func subscribed(_ channel: String) -> RESPValue {
        .array([.bulk(Array("subscribe".utf8)), .bulk(Array(channel.utf8)), .integer(1)])
    }

    private func subscribing() throws -> Machine {
        var machine = Machine(
            greeting: RedisGreeting(url: try RedisURL("redis://h"), name: "t"), channels: ["a", "b"], probeChannel: "p",
            limits: RedisLimits(), seed: 3)
        #expect(machine.start(now: at(0)) == [.open])
        _ = machine.opened(now: at(0))
        guard case .write(let bytes) = machine.received(.simple("OK"), now: at(0)).first else {
            Issue.record("no SUBSCRIBE was written")
            return machine
        }
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("*4\r\n$9\r\nSUBSCRIBE\r\n"))
        return machine
    }

    private func confirmed() throws -> Machine {
        var machine = try subscribing()
        for channel in ["a", "b", "p"] { _ = machine.received(subscribed(channel), now: at(0)) }
        #expect(machine.phase == .confirmed(since: at(0)))
        return machine
    }

    @Test("It is confirmed after the last channel, not after the first")
    func confirmation() throws {
        var machine = try subscribing()
        #expect(machine.received(subscribed("a"), now: at(0)) == [])
        #expect(machine.received(subscribed("a"), now: at(0)) == [], "the same one twice does not count twice")
        #expect(machine.received(subscribed("p"), now: at(0)) == [])
        #expect(machine.received(subscribed("b"), now: at(0)) == [.tell(.up), .confirm])
    }

    @Test("A message that overtakes the last confirmation is delivered")
    func early() throws {
        var machine = try subscribing()
        _ = machine.received(subscribed("a"), now: at(0))
        #expect(machine.received(push("message", "a", "x"), now: at(0)) == [.deliver(channel: "a", [120])])
    }

    @Test("A refusal by ACL is told as such")
    func refused() throws {
        var machine = try subscribing()
        #expect(
            machine.received(.error("NOPERM channel"), now: at(0)) == [.drop, .tell(.refused("NOPERM channel"))])
    }

    @Test("SUBSCRIBE without an answer is given up")
    func silent() throws {
        var machine = try subscribing()
        #expect(machine.nextDeadline == at(2000))
        #expect(machine.tick(now: at(2000)).first == .drop)
    }

    @Test("PING unanswered means down")
    func ping() throws {
        var machine = try confirmed()
        #expect(machine.tick(now: at(2000)).contains(.write(RedisCommand.ping)))
        let actions = machine.tick(now: at(5000))
        #expect(actions == [.drop, .tell(.unreachable("PING was not answered"))])
    }

    @Test("A probe that does not come back means down though PING is answered; one that does, means nothing")
    func probe() throws {
        for returns in [true, false] {
            var machine = try confirmed()
            var published: String?
            var now: Int64 = 0
            while published == nil, now < 10_000 {
                now += 100
                for action in machine.tick(now: at(now)) {
                    if case .publishProbe(let text) = action { published = text }
                    if case .write = action { _ = machine.received(push("pong", ""), now: at(now)) }
                }
            }
            let text = try #require(published)
            #expect((2400...3700).contains(now))
            #expect(machine.received(push("message", "p", "other"), now: at(now)) == [])
            if returns { #expect(machine.received(push("message", "p", text), now: at(now)) == []) }
            var dropped = false
            for _ in 0..<30 {
                now += 100
                for action in machine.tick(now: at(now)) {
                    if case .write = action { _ = machine.received(push("pong", ""), now: at(now)) }
                    if action == .drop { dropped = true }
                    if case .publishProbe(let next) = action, returns {
                        _ = machine.received(push("message", "p", next), now: at(now))
                    }
                }
            }
            #expect(dropped != returns)
        }
    }

    @Test("A probe that could not be published proves nothing")
    func unpublished() throws {
        var machine = try confirmed()
        var now: Int64 = 0
        for _ in 0..<200 {
            now += 100
            for action in machine.tick(now: at(now)) {
                if case .publishProbe(let text) = action { machine.probeNotPublished(text, now: at(now)) }
                if case .write = action { _ = machine.received(push("pong", ""), now: at(now)) }
                #expect(action != .drop)
            }
        }
    }

    @Test("After a loss it subscribes again from the start")
    func again() throws {
        var machine = try confirmed()
        #expect(machine.lost("gone", now: at(10)) == [.drop, .tell(.unreachable("gone"))])
        #expect(machine.tick(now: at(60)) == [.open])
        _ = machine.opened(now: at(60))
        _ = machine.received(.simple("OK"), now: at(60))
        for channel in ["a", "b"] { #expect(machine.received(subscribed(channel), now: at(61)) == []) }
        #expect(machine.received(subscribed("p"), now: at(61)) == [.tell(.up), .confirm])
    }
}
