import ClusterModel
import HashRing
import Testing

@Suite("what a node says of itself")
struct NodeRecordTests {
    @Test("survives being written and read")
    func roundTrip() throws {
        let record = try NodeRecord(
            id: "node-1", incarnation: 17, address: "10.0.0.1:7100", url: "ws://10.0.0.1:7200/chat", weight: 50,
            zone: "z", loops: 4, key: "old-1")
        #expect(try NodeRecord(json: record.json) == record)
        let foreign = try NodeRecord(
            id: "f", incarnation: 0, kind: .foreign, address: "[::1]:80", url: "wss://host/a?b=c")
        #expect(try NodeRecord(json: foreign.json) == foreign)
    }

    @Test("takes the defaults for what is not said")
    func defaults() throws {
        let text = "{\"id\":\"a\",\"incarnation\":3,\"address\":\"h:1\",\"url\":\"ws://h:2/chat\",\"new\":[1]}"
        let record = try NodeRecord(json: Array(text.utf8))
        #expect(record.weight == 100 && record.zone.isEmpty && record.loops == 1 && record.kind == .ringway)
        #expect(record.member.key == "a")
    }

    @Test(
        "is refused with an address that can be no node's",
        arguments: [
            "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "[::]", "[0:0:0:0:0:0:0:0]", "[fe80::1]",
            "[febf::1]",
            "[FE80::1]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::ffff:0.0.0.0]", "0251.0376.0251.0376",
            "0xa9fea9fe", "2852039166", "127.1", "169.254.43518", "1.2.3.4.", "0xa9.0xfe.0xa9.0xfe",
        ])
    func unreachable(host: String) {
        #expect {
            try NodeRecord(id: "a", incarnation: 1, address: "\(host):80", url: "ws://h:2/chat")
        } throws: { ($0 as? FieldError)?.field == "address" }
    }

    @Test(
        "takes addresses that can be a node's",
        arguments: [
            "127.0.0.1", "10.0.0.1", "169.253.0.1", "[::1]", "[2001:db8::1]", "[fec0::1]", "[::ffff:10.0.0.1]",
            "localhost",
            "node-1.example.org", "node1", "1.example", "[2001:db8::a9fe:1]",
        ])
    func reachable(host: String) throws {
        let record = try NodeRecord(id: "a", incarnation: 1, address: "\(host):80", url: "ws://h:2/chat")
        #expect(record.address.description == "\(host):80")
    }

    @Test("may leave out address and incarnation for a foreign server, and for no other")
    func foreign() throws {
        let text = "{\"id\":\"a\",\"kind\":\"foreign\",\"url\":\"wss://example.org/socket\"}"
        let record = try NodeRecord(json: Array(text.utf8))
        #expect(record.address.description == "example.org:443")
        #expect(record.incarnation == .unknown)
        #expect(throws: FieldError.missing("incarnation")) {
            try NodeRecord(json: Array(text.replacing("foreign", with: "ringway").utf8))
        }
    }

    @Test(
        "is refused with the name of the member at fault",
        arguments: [
            ("id", "\"a b\""), ("id", "7"), ("incarnation", "-1"), ("incarnation", "9007199254740992"),
            ("address", "\"h\""), ("address", "\"h:0\""), ("address", "\"h:65536\""), ("address", "\"a:b:1\""),
            ("address", "\"h h:1\""), ("url", "\"http://h/\""), ("url", "\"ws://u@h/\""), ("url", "\"ws://h/#f\""),
            ("weight", "10001"), ("weight", "1.0"), ("zone", "\"a b\""), ("loops", "0"), ("loops", "1025"),
            ("kind", "\"other\""), ("key", "\"#\""),
        ])
    func refused(name: String, value: String) throws {
        var fields = [
            "id": "\"a\"", "incarnation": "3", "address": "\"h:1\"", "url": "\"ws://h:2/chat\"", "loops": "1",
        ]
        fields[name] = value
        let text = "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
        let error = #expect(throws: FieldError.self) { try NodeRecord(json: Array(text.utf8)) }
        #expect(error?.field == name)
    }

    @Test("is refused if it is no object, or says something twice")
    func noObject() {
        #expect(throws: FieldError.notJSON(.wrongKind(offset: 0))) { try NodeRecord(json: Array("[]".utf8)) }
        #expect(throws: FieldError.notJSON(.unexpectedEnd)) { try NodeRecord(json: []) }
        #expect(throws: FieldError.notJSON(.unexpectedByte(offset: 3))) { try NodeRecord(json: Array("{} x".utf8)) }
        #expect(throws: FieldError.repeated("id")) { try NodeRecord(json: Array("{\"id\":\"a\",\"id\":\"b\"}".utf8)) }
    }

    @Test(
        "reads addresses with names, IPv4 and bracketed IPv6",
        arguments: [
            ("h:1", "h", 1), ("10.0.0.1:65535", "10.0.0.1", 65535), ("[::1]:80", "::1", 80),
            ("a-b_c.d:7", "a-b_c.d", 7),
        ])
    func addresses(text: String, host: String, port: Int) throws {
        let address = try #require(NodeAddress(text))
        #expect(address.host == host && address.port == port && address.description == text)
    }

    @Test(
        "refuses other addresses",
        arguments: ["", ":", "h", "h:", ":1", "::1:80", "[h]:80", "[::1]", "h:+1", "h:1 ", "h:０"])
    func badAddresses(text: String) {
        #expect(NodeAddress(text) == nil)
    }

    @Test("reads URLs with their port, target and scheme")
    func urls() throws {
        let plain = try #require(NodeURL("ws://h"))
        #expect(plain.address.port == 80 && plain.target == "/" && !plain.isSecure)
        let secure = try #require(NodeURL("wss://[::1]:8443/a/b?c=d"))
        #expect(
            secure.address == NodeAddress(host: "::1", port: 8443) && secure.target == "/a/b?c=d" && secure.isSecure)
        #expect(NodeURL("ws://h?x")?.target == "/?x")
        for text in ["", "h", "ws:/h", "ws://", "ws:///x", "ws://h:x/", "ws://h/ ", "ws://h/é", "ws://h/\r\nA: b"] {
            #expect(NodeURL(text) == nil, "\(text)")
        }
    }

    @Test("a heartbeat survives being written and read; epoch 0 means none")
    func heartbeat() throws {
        let incarnation = try #require(Incarnation(5))
        let full = Heartbeat(incarnation: incarnation, epoch: Epoch(9), sessions: 12)
        #expect(try Heartbeat(json: full.json) == full)
        let fresh = Heartbeat(incarnation: incarnation)
        #expect(try Heartbeat(json: fresh.json) == fresh)
        #expect(throws: FieldError.missing("incarnation")) { try Heartbeat(json: Array("{}".utf8)) }
    }
}
