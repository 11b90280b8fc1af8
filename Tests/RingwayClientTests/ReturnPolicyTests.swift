import ClusterModel
import Testing

@testable import RingwayClient

@Suite("When a client comes back")
struct ReturnPolicyTests {
    @Test("spans double up to the cap, and the wait is a random part of the span")
    func spans() {
        var policy = ReturnPolicy(base: .milliseconds(100), cap: .seconds(10), proof: .seconds(2))
        var largest: [Duration] = []
        for _ in 0..<10 {
            largest.append(policy.delay(after: .lost("x"), lasted: nil, random: 1) ?? .zero)
        }
        #expect(largest[..<4] == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(largest.allSatisfy { $0 <= .seconds(10) })
        #expect(largest.last == .seconds(10))
        var other = ReturnPolicy(base: .milliseconds(100), cap: .seconds(10), proof: .seconds(2))
        #expect(other.delay(after: .failed("x"), lasted: nil, random: 0) == .zero)
    }

    @Test("a connection that lasted begins the spans anew, a short one does not")
    func proof() {
        var policy = ReturnPolicy(base: .milliseconds(100), cap: .seconds(10), proof: .seconds(2))
        for _ in 0..<5 { _ = policy.delay(after: .lost("x"), lasted: nil, random: 1) }
        #expect(policy.delay(after: .lost("x"), lasted: .milliseconds(50), random: 1) == .milliseconds(3200))
        #expect(policy.delay(after: .lost("x"), lasted: .seconds(2), random: 1) == .milliseconds(100))
    }

    @Test("the server's hint is the least wait, and a mad one is cut")
    func hints() {
        var policy = ReturnPolicy(base: .milliseconds(100), cap: .seconds(10), proof: .seconds(2))
        let moved = ClientEnding.closed(.moved, reason: "retry=1200;epoch=5")
        #expect(policy.delay(after: moved, lasted: nil, random: 0) == .milliseconds(1200))
        let mad = ClientEnding.closed(.ringChanged, reason: "retry=99999999999")
        #expect(policy.delay(after: mad, lasted: nil, random: 0) == .seconds(60))
        let busy = ClientEnding.refused(HTTPRefused(status: 503, retryAfter: 3, body: ""))
        #expect(policy.delay(after: busy, lasted: nil, random: 0) == .seconds(3))
    }

    @Test(
        "nobody comes back where it is of no use",
        arguments: [
            ClientEnding.left, .closed(.normal, reason: ""), .closed(.superseded, reason: ""),
            .closed(.forbidden, reason: "retry=5"), .closed(.protocolError, reason: ""),
            .refused(HTTPRefused(status: 400, retryAfter: nil, body: "")),
            .refused(HTTPRefused(status: 401, retryAfter: 1, body: "")),
            .refused(HTTPRefused(status: 404, retryAfter: nil, body: "")),
        ])
    func noReturn(ending: ClientEnding) {
        var policy = ReturnPolicy(base: .milliseconds(100), cap: .seconds(10), proof: .seconds(2))
        #expect(policy.delay(after: ending, lasted: .seconds(60), random: 0.5) == nil)
    }
}
