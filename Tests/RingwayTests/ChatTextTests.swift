import Testing

@testable import ringway

@Suite("What a chat reads from people and from nodes")
struct ChatTextTests {
    @Test(
        "a typed line means",
        arguments: [
            ("", nil, ChatInput.nothing), ("   ", "bob", .nothing), ("hello", "bob", .say("hello", to: "bob")),
            ("carol: hi there", "bob", .say("hi there", to: "carol")), ("carol: hi", nil, .say("hi", to: "carol")),
            ("see http://x: y", "bob", .say("see http://x: y", to: "bob")),
            ("10:30 is fine", "bob", .say("10:30 is fine", to: "bob")),
            ("/to carol", nil, .turn(to: "carol")), ("/where", nil, .whereIs(nil)),
            ("/where bob ", nil, .whereIs("bob")),
            ("/quit", "bob", .quit), ("/help", nil, .help),
        ] as [(String, String?, ChatInput)])
    func input(line: String, peer: String?, meaning: ChatInput) {
        #expect(ChatInput(line, peer: peer) == meaning)
    }

    @Test("a line for nobody, a command without its word and an unknown one are mistakes")
    func mistakes() {
        for line in ["hello", "/to", "/to  ", "/nosuch"] {
            guard case .mistake = ChatInput(line, peer: nil) else {
                Issue.record("'\(line)' should be a mistake")
                continue
            }
        }
    }

    private static func read(_ json: String) -> ServerMessage? {
        Array(json.utf8).withUnsafeBytes { ServerMessage($0) }
    }

    @Test("a node's messages are understood, members in any order and unknown ones passed over")
    func messages() {
        #expect(
            Self.read(#"{"type":"welcome","service":"chat","user":"a","session":"x","node":"n","epoch":7}"#)
                == .welcome(user: "a", node: "n", epoch: 7))
        #expect(
            Self.read(#"{"data":"h\u0069","new":[1,{}],"from":"bob","type":"message"}"#)
                == .message(from: "bob", group: nil, data: "hi"))
        #expect(
            Self.read(#"{"type":"message","from":"bob","data":{"a": 1}}"#)
                == .message(from: "bob", group: nil, data: #"{"a": 1}"#))
        #expect(
            Self.read(#"{"type":"result","id":"3","status":"offline"}"#)
                == .result(id: "3", status: "offline", reason: nil))
        #expect(Self.read(#"{"type":"tomorrow"}"#) == .other("tomorrow"))
    }

    @Test(
        "what is no object with a type is nothing",
        arguments: ["", "[]", "{}", #"{"type":"tomorrow"} x"#, #"{"type":"welcome""#, "hello"])
    func noMessage(text: String) { #expect(Self.read(text) == nil) }

    @Test("a sent text arrives as the same text, whatever is in it")
    func sending() {
        let text = "a \"b\" \\ \u{1} ü 😀"
        let bytes = ClientMessage.send(id: "1", to: "b\"ob", text: text)
        #expect(bytes.starts(with: #"{"type":"send","id":"1","to":"b\"ob","data":""#.utf8))
        let back = String(decoding: bytes, as: UTF8.self).replacing("\"send\"", with: "\"message\"")
        #expect(Self.read(back) == .message(from: "", group: nil, data: text))
    }

    @Test("control characters of others are shown, not sent to the terminal")
    func printable() {
        #expect(Printable.text("a\u{1B}[2J\u{7}b\nc") == "a\\u{1B}[2J\\u{07}b\\nc")
        #expect(Printable.text("grüße 😀") == "grüße 😀")
    }
}
