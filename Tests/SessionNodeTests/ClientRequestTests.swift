import Testing

@testable import SessionNode

@Suite struct ClientRequestTests {
    private struct Read: Equatable {
        var kind: ClientRequest.Kind
        var id: String
        var to: String
        var payload: String
    }

    private func read(_ text: String) throws -> Read {
        try Array(text.utf8).withUnsafeBytes { bytes in
            let request = try ClientRequest.read(bytes)
            return Read(
                kind: request.kind, id: String(decoding: request.id, as: UTF8.self),
                to: request.to.withBytes { String(decoding: $0, as: UTF8.self) },
                payload: String(decoding: request.payload, as: UTF8.self))
        }
    }

    private func mistake(_ text: String) -> ClientRequest.Mistake? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error as? ClientRequest.Mistake
        }
    }

    @Test func `reads a message, members in any order and unknown ones ignored`() throws {
        let wanted = Read(kind: .send(.fast), id: #""7""#, to: "bob", payload: #"{"x": [1, 2.50]}"#)
        #expect(try read(#"{"type":"send","id":"7","to":"bob","data":{"x": [1, 2.50]}}"#) == wanted)
        #expect(
            try read(
                #" {"data":{"x": [1, 2.50]},"later":{"type":"ack"},"to":"bob","class":"fast","id":"7","type":"send"} "#)
                == wanted)
    }

    @Test(arguments: [
        "null", "0.1000", "-0", "1e3", #""\u0041\/""#, "[ 1 , 2 ]", #"{"a":1,"a":2}"#, "12345678901234567890123",
    ])
    func `carries data byte for byte`(json: String) throws {
        #expect(try read(#"{"type":"send","id":"7","to":"bob","data":"# + json + "}").payload == json)
    }

    @Test func `resolves escapes in the recipient and gives the id back as it was written`() throws {
        let request = try read(#"{"type":"send","id":"a\"\u0042","to":"b\u006fb\ud83d\ude00","data":1}"#)
        #expect(request.to == "bob😀")
        #expect(request.id == #""a\"\u0042""#)
    }

    @Test(arguments: [
        ("publish", ClientRequest.Kind.publish), ("join", .join), ("leave", .leave), ("presence", .presence),
    ])
    func `knows the rest of the protocol`(type: String, kind: ClientRequest.Kind) throws {
        #expect(try read(#"{"type":"\#(type)","id":"7","group":"g","users":[],"data":1}"#).kind == kind)
    }

    @Test func `an ack needs no id, and reliable is a class of its own`() throws {
        #expect(try read(#"{"type":"ack","position":"1-1"}"#).kind == .ack)
        #expect(try read(#"{"type":"send","id":"7","to":"b","data":1,"class":"reliable"}"#).kind == .send(.reliable))
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let text: String
        let reason: String
        var id: String?
        var testDescription: String { text }
    }

    @Test(arguments: [
        Bad(text: "", reason: "not JSON"), Bad(text: "nonsense", reason: "JSON"), Bad(text: "{", reason: "not JSON"),
        Bad(text: "[]", reason: "JSON"), Bad(text: #"{"type":"send"}x"#, reason: "not JSON"),
        Bad(text: "{}", reason: "'type'"), Bad(text: #"{"type":7}"#, reason: "'type'"),
        Bad(text: #"{"type":"fly","id":"7"}"#, reason: "not known", id: #""7""#),
        Bad(text: #"{"type":"send","to":"b","data":1}"#, reason: "'id' is missing"),
        Bad(text: #"{"type":"send","id":"","to":"b","data":1}"#, reason: "'id'"),
        Bad(text: #"{"type":"send","id":7,"to":"b","data":1}"#, reason: "'id'"),
        Bad(text: #"{"type":"send","id":"7","data":1}"#, reason: "'to'", id: #""7""#),
        Bad(text: #"{"type":"send","id":"7","to":7,"data":1}"#, reason: "'to'", id: #""7""#),
        Bad(text: #"{"type":"send","id":"7","to":"b"}"#, reason: "'data'", id: #""7""#),
        Bad(text: #"{"type":"publish","id":"7","group":"g"}"#, reason: "'data'", id: #""7""#),
        Bad(text: #"{"type":"send","id":"7","to":"b","data":01}"#, reason: "not JSON"),
        Bad(text: #"{"type":"send","id":"7","to":"b","data":1,"class":"slow"}"#, reason: "'class'", id: #""7""#),
        Bad(text: #"{"type":"send","id":"7","to":"b","to":"c","data":1}"#, reason: "twice"),
    ])
    func `says what is wrong with a frame, and whose it was where that can be known`(bad: Bad) throws {
        let mistake = try #require(self.mistake(bad.text))
        #expect(mistake.reason.contains(bad.reason), "\(mistake.reason)")
        #expect(mistake.id.map { String(decoding: $0, as: UTF8.self) } == bad.id)
    }

    @Test func `an id has 1 to 64 characters, however many bytes they take`() throws {
        func frame(_ id: String) -> String { #"{"type":"join","id":"\#(id)","group":"g"}"# }
        #expect(mistake(frame(String(repeating: "x", count: 64))) == nil)
        #expect(mistake(frame(String(repeating: "😀", count: 64))) == nil)
        #expect(mistake(frame(String(repeating: #"\ud83d\ude00"#, count: 64))) == nil)
        #expect(mistake(frame(String(repeating: "x", count: 65))) != nil)
        #expect(mistake(frame(String(repeating: "é", count: 65))) != nil)
        #expect(mistake(frame(String(repeating: #"\u0041"#, count: 65))) != nil)
    }

    @Test func `nesting of 32 is carried and of 33 refused`() {
        func frame(_ depth: Int) -> String {
            #"{"type":"send","id":"7","to":"b","data":"# + String(repeating: "[", count: depth)
                + String(repeating: "]", count: depth) + "}"
        }
        #expect(mistake(frame(31)) == nil)
        #expect(mistake(frame(32))?.reason.contains("deep") == true)
    }
}

@Suite struct ServerFrameTests {
    private func text(_ write: (inout ServerFrame) -> Void) -> String {
        var frame = ServerFrame()
        // What stood there before must leave no trace.
        frame.error("something long that was written before", id: nil)
        write(&frame)
        return String(decoding: frame.bytes, as: UTF8.self)
    }

    private func bytes<Answer>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Answer) -> Answer {
        Array(text.utf8).withUnsafeBytes(body)
    }

    @Test func `a message carries its sender escaped and its data untouched`() {
        let frame = bytes(#"a"b\c"#) { from in
            bytes(#"{"x":1.0}"#) { payload in text { $0.message(from: from, payload: payload) } }
        }
        #expect(frame == #"{"type":"message","from":"a\"b\\c","data":{"x":1.0}}"#)
    }

    @Test func `a welcome says who, where and under which epoch`() throws {
        let service = try Rings.service()
        let frame = bytes("用户") { user in
            text {
                $0.welcome(
                    service: service, user: user, session: .init(first: 1, second: 0xab), node: "node-2", epoch: 1795)
            }
        }
        #expect(
            frame == #"{"type":"welcome","service":"chat","user":"用户","session":"000000000000000100000000000000ab","#
                + #""node":"node-2","epoch":1795}"#)
    }

    @Test(arguments: [
        (DeliveryStatus.accepted, "accepted", false), (.delivered, "delivered", false), (.offline, "offline", false),
        (.unknown, "unknown", true), (.rejected(.busy), "rejected", true), (.rejected(.noRing), "rejected", true),
    ])
    func `a result names its status, and a reason where it is not obvious`(
        status: DeliveryStatus, name: String, hasReason: Bool
    ) {
        let frame = bytes(#""7""#) { id in text { $0.result(id, status) } }
        #expect(frame.hasPrefix(#"{"type":"result","id":"7","status":"\#(name)""#))
        #expect(frame.contains(#""reason":""#) == hasReason)
        #expect(frame.hasSuffix("}"))
    }

    @Test func `an error says why and names the request if it can`() {
        #expect(text { $0.error("no", id: nil) } == #"{"type":"error","reason":"no"}"#)
        #expect(text { $0.error("no", id: Array(#""7""#.utf8)) } == #"{"type":"error","reason":"no","id":"7"}"#)
    }
}
