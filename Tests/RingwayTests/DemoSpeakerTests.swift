import ClusterModel
import RingwayClient
import Testing

@testable import ringway

@Suite("The demo's plain client")
struct DemoSpeakerTests {
    private static let welcome =
        #"{"type":"welcome","service":"chat","user":"user-1","session":"s","node":"node-1","epoch":3}"#

    private func heard(_ speaker: inout PlainSpeaker, _ text: String) -> [DemoAction] {
        var actions: [DemoAction] = []
        Array(text.utf8).withUnsafeBytes { speaker.heard($0, at: .zero, &actions) }
        return actions
    }

    private func sent(_ speaker: inout PlainSpeaker, _ number: Int) -> [DemoAction] {
        var actions: [DemoAction] = []
        speaker.send(number, to: "user-2", data: "d", at: .zero, &actions)
        return actions
    }

    private func frame(_ number: Int) -> DemoAction {
        .write(ClientMessage.send(id: "\(number)", to: "user-2", text: "d"))
    }

    @Test("messages wait for the welcome, in order, and go out at once afterwards")
    func waiting() {
        var speaker = PlainSpeaker()
        #expect(sent(&speaker, 0).isEmpty && sent(&speaker, 1).isEmpty)
        #expect(heard(&speaker, Self.welcome) == [.welcomed(node: "node-1"), frame(0), frame(1)])
        #expect(sent(&speaker, 2) == [frame(2)])
    }

    @Test("a result is an outcome once; of a status that is new, nobody can say")
    func results() {
        var speaker = PlainSpeaker()
        _ = heard(&speaker, Self.welcome)
        for number in 0..<3 { _ = sent(&speaker, number) }
        let delivered = #"{"type":"result","id":"0","status":"delivered"}"#
        #expect(heard(&speaker, delivered) == [.told(0, .delivered)])
        #expect(heard(&speaker, delivered).isEmpty)
        #expect(heard(&speaker, #"{"type":"result","id":"1","status":"perhaps"}"#) == [.told(1, .unknown)])
        #expect(heard(&speaker, #"{"type":"error","reason":"no","id":"2"}"#) == [.told(2, .rejected)])
        #expect(heard(&speaker, #"{"type":"message","from":"user-3","data":"1.2.3"}"#) == [.got(data: "1.2.3")])
    }

    @Test("what was under way when the connection ended is unknown; what waits goes out on the next one")
    func ends() {
        var speaker = PlainSpeaker()
        _ = heard(&speaker, Self.welcome)
        for number in 0..<2 { _ = sent(&speaker, number) }
        var actions: [DemoAction] = []
        speaker.ended(
            .closed(CloseCode(rawValue: 4001), reason: ""), lasted: .seconds(9), at: .zero, random: 0.5, &actions)
        #expect(
            actions == [
                .told(0, .unknown), .told(1, .unknown), .comeBack(after: .milliseconds(125)),
            ])
        #expect(sent(&speaker, 2).isEmpty)
        #expect(heard(&speaker, Self.welcome) == [.welcomed(node: "node-1"), frame(2)])
    }

    @Test("a close code that says so is final")
    func gone() {
        var speaker = PlainSpeaker()
        var actions: [DemoAction] = []
        speaker.ended(.closed(CloseCode(rawValue: 4501), reason: ""), lasted: nil, at: .zero, random: 0, &actions)
        guard case .gone? = actions.last else { return #expect(Bool(false), "\(actions)") }
    }

    @Test("a client of ringway.v1 leaves a gateway that does not speak it, for good")
    func otherProtocol() {
        var speaker = ResumableSpeaker()
        var actions: [DemoAction] = []
        speaker.begin(at: .zero, &actions)
        #expect(actions == [.comeBack(after: .zero)])
        actions = []
        speaker.opened(nil, at: .zero, &actions)
        guard case .gone? = actions.first else { return #expect(Bool(false), "\(actions)") }
        #expect(actions.count == 2 && actions.last == .leave)
    }

    @Test("more messages than may wait are rejected by the client")
    func bound() {
        var speaker = PlainSpeaker()
        for number in 0..<PlainSpeaker.waitingBound { #expect(sent(&speaker, number).isEmpty) }
        #expect(sent(&speaker, 999) == [.told(999, .rejected)])
    }

    @Test("a message's data says who wrote it, the how-manieth it is, and when")
    func data() {
        let data = DemoData(sender: 3, number: 14, written: 159)
        #expect(data.text == "3.14.159" && DemoData("3.14.159") == data)
        for text in ["", "3.14", "3.14.159.2", "a.1.2"] { #expect(DemoData(text) == nil) }
    }
}
