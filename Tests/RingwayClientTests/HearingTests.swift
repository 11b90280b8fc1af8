import Rehoming
import Testing

@testable import RingwayClient

@Suite("What a client's session hears")
struct HearingTests {
    @Test("data is given byte for byte")
    func bytes() {
        var scene = Scene.open()
        scene.message("5-1", n: 1, data: #"{ "a" : 1.0e0 }"#)
        #expect(scene.got == [#"{ "a" : 1.0e0 }"#])
        #expect(scene.positions == [Position(epoch: 5, k: 1)])
    }

    @Test("a duplicate is acknowledged and not delivered; the mark is each sender's own")
    func duplicates() {
        var scene = Scene.open()
        scene.message("5-1", n: 1)
        scene.message("5-2", n: 3)
        scene.message("6-0", n: 1)
        scene.message("6-1", n: 3)
        scene.message("6-2", n: 2, sender: "b")
        scene.flush()
        #expect(scene.got == ["1", "3", "2"])
        #expect(scene.acks == ["6-2"])
    }

    @Test("a fast message, which has no position, leaves no mark: it may have overtaken")
    func fast() {
        var scene = Scene.open()
        scene.hear(#"{"type":"message","from":"bob","data":9,"sender":"a","n":9}"#)
        scene.message("5-1", n: 8)
        scene.hear(#"{"type":"message","from":"bob","data":"x"}"#)
        #expect(scene.got == ["9", "8", #""x""#])
    }

    @Test("marks outlive a lost connection and another session")
    func marks() {
        var scene = Scene.open()
        scene.message("5-1", n: 1)
        scene.resume()
        scene.message("5-2", n: 1)
        scene.end()
        scene.welcome(session: "s2", position: "1-0")
        scene.message("1-1", n: 1)
        #expect(scene.got == ["1"])
    }

    @Test("the sender that was silent longest is forgotten")
    func forgets() {
        var memory = SenderMemory(limit: 8)
        let order: [(sender: String, n: UInt64)] = (0..<8).map { ("s\($0)", 1) } + [("s0", 2), ("s8", 1)]
        let first = order.map { memory.isNew(.init(sender: $0.sender, n: $0.n)) }
        #expect(first.allSatisfy { $0 })
        #expect(memory.count == 8)
        // s1 is the one that went for s8.
        let second = [("s0", 2), ("s8", 1), ("s2", 1), ("s1", 1)].map { memory.isNew(.init(sender: $0, n: $1)) }
        #expect(second == [false, false, false, true])
    }

    @Test(
        "the next message waits until the last is handled; then positions are acknowledged, the home's behind those before"
    )
    func oneAtATime() {
        var scene = Scene.open()
        scene.handlesAtOnce = false
        scene.message("5-1", n: 1)
        scene.message("5-2", n: 2)
        scene.hear(#"{"type":"home","node":"node-2","resume":"t2","position":"5-3"}"#)
        scene.flush()
        #expect(scene.got == ["1"])
        #expect(scene.acks.isEmpty)
        scene.handled()
        scene.flush()
        #expect(scene.got == ["1", "2"])
        #expect(scene.acks == ["5-1"])
        scene.handled()
        scene.flush()
        scene.flush()
        #expect(scene.acks == ["5-1", "5-3"])
    }

    @Test("many messages are acknowledged in batches, the rest at the end of the round")
    func batches() {
        var scene = Scene.open()
        for n in 1...70 { scene.message("5-\(n)", n: n) }
        #expect(scene.acks == ["5-32", "5-64"])
        scene.flush()
        #expect(scene.acks == ["5-32", "5-64", "5-70"])
    }

    @Test("what was handled without a connection is acknowledged after the resume")
    func lateAck() {
        var scene = Scene.open()
        scene.handlesAtOnce = false
        scene.message("5-1", n: 1)
        scene.end()
        scene.handled()
        scene.flush()
        #expect(scene.acks.isEmpty)
        scene.resumed()
        #expect(scene.acks == ["5-1"])
    }

    @Test("what the server refuses is rejected; other complaints are passed on")
    func errors() {
        var scene = Scene.open()
        scene.send("1")
        scene.hear(#"{"type":"error","reason":"no","id":"1"}"#)
        scene.hear(#"{"type":"error","reason":"odd","id":"1"}"#)
        #expect(scene.results == ["1 rejected (no)"])
        #expect(scene.problems == ["odd"])
    }

    @Test(
        "what is none of the protocol is passed over",
        arguments: [
            "", "{", "[]", "null", #"{"type":7}"#, #"{"type":"new"}"#, #"{"type":"result","id":"x"}"#,
            #"{"type":"result","id":"77","status":"delivered"}"#, #"{"type":"home","position":"-"}"#,
        ])
    func passedOver(frame: String) {
        var scene = Scene.open()
        scene.send("1")
        scene.hear(frame)
        scene.flush()
        #expect(scene.results.isEmpty && scene.got.isEmpty && scene.acks.isEmpty)
        #expect(scene.states.count == 1)
    }

    @Test("a status that is newer than this program is an end nobody understands")
    func newStatus() {
        var scene = Scene.open()
        scene.send("1")
        scene.result(1, "archived")
        #expect(scene.results == ["1 unknown (archived)"])
    }

    @Test("positions are read as they are written", arguments: ["0-0", "1795358857087-12"])
    func positions(text: String) { #expect(Position(text)?.description == text) }

    @Test(
        "what is no position is none",
        arguments: ["", "-", "1", "1-", "-1", "1-2-3", "+1-2", "a-b", "99999999999999999999-1"])
    func noPosition(text: String) { #expect(Position(text) == nil) }
}
