import ClusterModel
import Testing

@testable import RingwayClient

@Suite("When a client's session comes back, and when it gives up")
struct ComingBackTests {
    @Test("waits double up to the cap, and begin anew only after a stable time")
    func waits() {
        var scene = Scene()
        scene.random = 1
        for _ in 0..<9 { scene.end(.failed("nobody")) }
        #expect(scene.waits[..<4] == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
        #expect(scene.waits[7...] == [.seconds(30), .seconds(30)])
        #expect(scene.states.last == .connecting(after: .failed("nobody"), wait: .seconds(30)))
        scene.welcome()
        scene.now += .milliseconds(9_999)
        scene.resume()
        #expect(scene.waits.last == .seconds(30))
        scene.now += .seconds(10)
        scene.end()
        #expect(scene.waits.last == .milliseconds(250))
    }

    @Test("the server's hint is the least wait, and a mad one is cut")
    func hint() {
        var scene = Scene.open()
        scene.end(.closed(.moved, reason: "retry=1200;epoch=5"))
        #expect(scene.waits == [.milliseconds(1325)])
        scene.random = 0
        scene.end(.closed(.overloaded, reason: "retry=18446744073709551615"))
        #expect(scene.waits.last == .seconds(60))
    }

    @Test(
        "who is told not to return does not",
        arguments: [
            .normal, .protocolError, .unsupportedData, .invalidText, .policyViolation, .messageTooBig, .unauthorized,
            .superseded, .forbidden, .policy,
        ] as [CloseCode])
    func forbidden(code: CloseCode) {
        var scene = Scene.open()
        scene.send("1")
        scene.end(.closed(code, reason: "retry=5"))
        scene.end()
        #expect(scene.connects.count == 1)
        #expect(scene.states.last == .closed(.closed(code, reason: "retry=5")))
        #expect(scene.results == ["1 unknown (closed)"])
        scene.send("2")
        #expect(scene.results.last == "2 rejected (closed)")
        #expect(scene.session.deadline == nil)
    }

    @Test("a refused handshake is the end if trying again can't help")
    func refused() {
        var scene = Scene()
        scene.end(.refused(HTTPRefused(status: 503, retryAfter: 3, body: "")))
        #expect(scene.waits == [.milliseconds(3125)])
        scene.end(.refused(HTTPRefused(status: 403, retryAfter: nil, body: "")))
        #expect(scene.connects.count == 2)
    }

    @Test("a token that ended is replaced, or is the end", arguments: [false, true])
    func token(renews: Bool) {
        var scene = Scene.open(renewsToken: renews)
        scene.end(.closed(.tokenExpired, reason: ""))
        #expect(scene.connects.count == (renews ? 2 : 1))
    }

    @Test("closing tells what was sent from what was not, and says goodbye once")
    func close() {
        var scene = Scene.open()
        scene.message("5-1", n: 1)
        scene.send("1")
        scene.close()
        #expect(scene.acks == ["5-1"])
        #expect(scene.leaves == 1)
        #expect(scene.states.last == .closed(.left))
        var other = Scene()
        other.send("1")
        other.close()
        other.close()
        #expect(other.results == ["1 rejected (closed)"])
        #expect(other.states.count == 1)
    }

    @Test("a server that does not greet in time is left")
    func noWelcome() {
        var scene = Scene()
        #expect(scene.session.deadline == scene.now + .seconds(20))
        scene.pass(.milliseconds(19_999))
        #expect(scene.leaves == 0)
        scene.pass(.milliseconds(1))
        #expect(scene.leaves == 1)
        #expect(scene.connects.count == 2)
        #expect(scene.session.deadline == scene.now + .seconds(20) + .milliseconds(125))
    }

    @Test("what is not answered for a minute is unknown; what was accepted has its minute from then on")
    func noAnswer() {
        var scene = Scene.open()
        scene.send("1")
        scene.send("2")
        scene.pass(.seconds(30))
        scene.result(1, "accepted")
        scene.pass(.milliseconds(29_999))
        #expect(scene.results == ["1 accepted"])
        scene.pass(.milliseconds(1))
        #expect(scene.results == ["1 accepted", "2 unknown (no answer in time)"])
        // The server spoke in that time: the connection lives.
        #expect(scene.leaves == 0)
        scene.pass(.seconds(30))
        #expect(scene.results.last == "1 unknown (no answer in time)")
        #expect(scene.leaves == 1)
        #expect(scene.states.last == .resuming(after: .lost("silence"), wait: .milliseconds(125)))
    }

    @Test("nothing is sent again that is a minute old: its recipient may have forgotten the first")
    func tooOld() {
        var scene = Scene.open()
        scene.send("1")
        scene.send("2")
        scene.pass(.seconds(50))
        scene.result(1, "accepted")
        scene.end()
        scene.pass(.seconds(10))
        #expect(scene.results.last == "2 unknown (no answer in time)")
        let before = scene.written.count
        scene.resumed()
        #expect(scene.written.count == before)
        scene.result(1, "delivered")
        #expect(scene.results.last == "1 delivered")
    }

    @Test("what waits is bounded, in messages and in bytes")
    func bounds() {
        var bounds = ClientBounds()
        bounds.messages = 3
        bounds.bytes = 300
        var scene = Scene(bounds: bounds)
        for _ in 0..<4 { scene.send("1") }
        #expect(scene.results == ["4 rejected (busy)"])
        scene.close()
        var other = Scene.open(bounds: bounds)
        other.send("\"" + String(repeating: "x", count: 200) + "\"")
        other.send("\"" + String(repeating: "x", count: 200) + "\"")
        #expect(other.results == ["2 rejected (busy)"])
        other.result(1, "delivered")
        other.send("\"" + String(repeating: "x", count: 200) + "\"")
        #expect(other.numbers() == [1, 3])
    }
}
