import Testing

@testable import WebSocketWire

@Suite("Keep-alive")
struct KeepAliveTests {
    let policy = KeepAlive.Policy(idle: .seconds(25), answerWithin: .seconds(10))
    let second: Int64 = 1_000_000_000

    @Test func `A silent peer is pinged once and given up ten seconds later`() {
        var keepAlive = KeepAlive(now: 0)
        #expect(keepAlive.tick(at: 24 * second, policy: policy) == .wait(until: 25 * second))
        #expect(keepAlive.tick(at: 25 * second, policy: policy) == .ping(lookAgain: 35 * second))
        #expect(keepAlive.tick(at: 30 * second, policy: policy) == .wait(until: 35 * second))
        #expect(keepAlive.tick(at: 35 * second - 1, policy: policy) == .wait(until: 35 * second))
        #expect(keepAlive.tick(at: 35 * second, policy: policy) == .giveUp)
    }

    @Test func `Whatever arrives proves life`() {
        var keepAlive = KeepAlive(now: 0)
        keepAlive.heard(at: 20 * second)
        #expect(keepAlive.tick(at: 25 * second, policy: policy) == .wait(until: 45 * second))
        #expect(keepAlive.tick(at: 45 * second, policy: policy) == .ping(lookAgain: 55 * second))
        keepAlive.heard(at: 54 * second)
        #expect(keepAlive.tick(at: 56 * second, policy: policy) == .wait(until: 79 * second))
    }

    @Test func `Fifty control frames pass in a second, the next does not`() {
        var budget = ControlBudget(now: 0)
        let spent = (0..<50).count { budget.spend(at: Int64($0)) }
        #expect(spent == 50)
        #expect(budget.spend(at: 999_999_999) == false)
        #expect(budget.spend(at: second) == true)
        var strict = ControlBudget(now: 0)
        #expect(strict.spend(at: 0, perSecond: 0) == false)
    }
}

@Suite("The closing handshake")
struct CloseHandshakeTests {
    @Test func `Our close waits for the peer's, for five seconds`() {
        var handshake = CloseHandshake()
        #expect(handshake.isOpen)
        #expect(handshake.close(at: 100) == .sendClose)
        #expect(handshake.deadline == 5_000_000_100)
        #expect(handshake.close(at: 200) == .nothing)
        #expect(handshake.tick(at: 5_000_000_099) == .nothing)
        #expect(handshake.tick(at: 5_000_000_100) == .end)
        #expect(handshake.tick(at: 9_000_000_000) == .nothing)
    }

    @Test func `The peer's answer ends it`() {
        var handshake = CloseHandshake()
        #expect(handshake.close(at: 0) == .sendClose)
        #expect(handshake.peerClosed() == .end)
        #expect(handshake.deadline == nil)
        #expect(handshake.peerClosed() == .nothing)
    }

    @Test func `The peer's close is echoed, once`() {
        var handshake = CloseHandshake()
        #expect(handshake.peerClosed() == .echoAndEnd)
        #expect(handshake.close(at: 0) == .nothing)
        #expect(!handshake.isOpen)
    }

    @Test func `A violation is answered and not waited for`() {
        var handshake = CloseHandshake()
        #expect(handshake.violated() == .sendClose)
        #expect(handshake.deadline == nil)
        #expect(handshake.violated() == .nothing)
        var closing = CloseHandshake()
        #expect(closing.close(at: 0) == .sendClose)
        #expect(closing.violated() == .end)
    }
}
