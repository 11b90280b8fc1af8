import ClusterModel
import Rehoming
import Testing

@testable import RingwayClient

@Suite("A client's session that loses its connection")
struct ResumeTests {
    @Test("opens with its first welcome")
    func opens() {
        var scene = Scene()
        #expect(scene.connects.map(\.query) == [""])
        #expect(scene.connects.map(\.after) == [.zero])
        scene.welcome()
        #expect(scene.states == [.open(recovered: true, replayed: 0)])
        #expect(scene.session.session == "s1")
        #expect(scene.session.node == "node-1")
        #expect(scene.session.deadline == nil)
    }

    @Test("comes back with its token and the position it saw last")
    func query() {
        var scene = Scene.open()
        scene.message("5-7", n: 1)
        scene.end(.closed(.draining, reason: ""))
        #expect(scene.states.last == .resuming(after: .closed(.draining, reason: ""), wait: .milliseconds(125)))
        #expect(scene.connects.last?.query == "resume=t1&generation=1&position=5-7")
        scene.end()
        #expect(scene.connects.last?.query == "resume=t1&generation=2&position=5-7")
        scene.resumed(recovered: false, replayed: 3)
        #expect(scene.states.last == .open(recovered: false, replayed: 3))
    }

    @Test("comes back with the newest token, escaped")
    func newest() {
        var scene = Scene.open()
        scene.hear(#"{"type":"home","node":"node-2","resume":"a+/b c","position":"6-0"}"#)
        #expect(scene.session.node == "node-2")
        scene.end()
        #expect(scene.connects.last?.query == "resume=a%2B%2Fb%20c&generation=1&position=6-0")
    }

    @Test("sends what was not finally answered again, in order, under the same numbers, before anything new")
    func again() {
        var scene = Scene.open()
        for text in ["1", "2", "3", "4"] { scene.send(text) }
        scene.result(1, "accepted")
        scene.result(3, "delivered")
        let before = scene.written.count
        scene.end()
        scene.send("5")
        #expect(scene.written.count == before)
        scene.resumed()
        scene.send("6")
        #expect(scene.numbers(from: before) == [1, 2, 4, 5, 6])
        // The same bytes, so the same message.
        #expect(scene.written[before] == scene.written[0])
    }

    @Test("does not send a fast message again: it is unknown; one that was not sent yet waits")
    func fast() {
        var scene = Scene.open()
        scene.send("1", .fast)
        scene.end()
        scene.send("2", .fast)
        scene.end()
        #expect(scene.results == ["1 unknown (connection lost)"])
        let before = scene.written.count
        scene.resumed()
        #expect(scene.numbers(from: before) == [2])
    }

    @Test(
        "does not take a failure of the second try for the whole truth", arguments: ["offline", "rejected", "unknown"])
    func blurred(status: String) {
        var scene = Scene.open()
        scene.send("1")
        scene.resume()
        scene.result(1, status)
        #expect(scene.results == ["1 unknown (\(status))"])
        scene.send("2")
        scene.result(2, status)
        #expect(scene.results.last == "2 \(status)")
    }

    @Test("is delivered at the second try, and accepted only once")
    func acceptedOnce() {
        var scene = Scene.open()
        scene.send("1")
        scene.result(1, "accepted")
        scene.resume()
        scene.result(1, "accepted")
        scene.result(1, "delivered")
        scene.result(1, "unknown")
        #expect(scene.results == ["1 accepted", "1 delivered"])
    }

    @Test("gets another session: what the former one sent is unknown, what was not sent goes out, positions begin anew")
    func anotherSession() {
        var scene = Scene.open()
        scene.handlesAtOnce = false
        scene.message("5-9", n: 1)
        scene.send("1")
        scene.end()
        scene.send("2")
        let before = scene.written.count
        scene.welcome(session: "s2", resume: "u1", position: "1-0")
        #expect(scene.results == ["1 unknown (the session was lost)"])
        #expect(scene.numbers(from: before) == [2])
        #expect(scene.states.last == .open(recovered: false, replayed: 0))
        // A position of the former session is nothing to the new one.
        scene.handled()
        scene.flush()
        #expect(scene.acks.isEmpty)
        scene.message("1-1", n: 2)
        scene.handled()
        scene.flush()
        #expect(scene.acks == ["1-1"])
        scene.end()
        #expect(scene.connects.last?.query == "resume=u1&generation=1&position=1-1")
    }

    @Test("waits for `resumed` behind a welcome of the same session")
    func sameWelcome() {
        var scene = Scene.open()
        scene.send("1")
        scene.end()
        scene.welcome()
        #expect(!scene.session.isOpen)
        #expect(scene.written.count == 1)
        scene.resumed()
        #expect(scene.written.count == 2)
    }
}
