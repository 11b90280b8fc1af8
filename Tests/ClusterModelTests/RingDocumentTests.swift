import ClusterModel
import HashRing
import Testing

@Suite("a ring document")
struct RingDocumentTests {
    static let nodes = "\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"}]"

    @Test("comes back from its bytes with everything it said")
    func roundTrip() throws {
        let document = try Self.document()
        let read = try RingDocument.parse(try document.seal(), service: chat)
        #expect(read == document)
        #expect(read.nodes.map(\.state) == [.up, .draining])
        #expect(read.nodes[0].url?.address.port == 7200)
    }

    @Test("keeps the state of a node that is up with no weight, which alone would mean that it drains")
    func upWithoutWeight() throws {
        let member = try RingMember(id: NodeID("a"), weight: 0)
        let document = RingDocument(
            service: chat, epoch: .first, vnodes: 8, nodes: [.init(member: member, state: .up)])
        #expect(try RingDocument.parse(try document.seal(), service: chat) == document)
    }

    @Test("has the same bytes whatever order its nodes are given in")
    func order() throws {
        var document = try Self.document()
        let sealed = try document.seal()
        document.nodes.reverse()
        #expect(try document.seal() == sealed)
    }

    @Test("cut off anywhere is refused")
    func truncated() throws {
        let sealed = try Self.document().seal()
        for count in 0..<sealed.count {
            #expect(throws: RingDocumentError.self) {
                try RingDocument.parse(Array(sealed[..<count]), service: chat)
            }
        }
    }

    @Test("with one bit changed anywhere is refused")
    func flipped() throws {
        let sealed = try Self.document().seal()
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1 << (index % 8)
            #expect(throws: RingDocumentError.self) { try RingDocument.parse(changed, service: chat) }
        }
    }

    @Test("of another service is refused, also if all else is right")
    func otherService() throws {
        let sealed = try Self.document().seal()
        #expect(throws: RingDocumentError.otherService(expected: service("game"), found: chat)) {
            try RingDocument.parse(sealed, service: service("game"))
        }
    }

    @Test("over 4 MiB is refused before anything else is looked at, and not written")
    func tooLarge() throws {
        let bytes = [UInt8](repeating: 0x20, count: RingDocument.maxBytes + 1)
        #expect(throws: RingDocumentError.tooLarge(bytes: bytes.count)) {
            try RingDocument.parse(bytes, service: chat)
        }
        var document = try Self.document()
        let url = "ws://h/" + String(repeating: "x", count: 2000)
        document.nodes = try (0..<2200).map {
            RingDocument.Node(member: try RingMember(id: NodeID("n\($0)")), url: NodeURL(url))
        }
        let error = #expect(throws: RingDocumentError.self) { try document.seal() }
        #expect(error?.label == "too_large")
    }

    @Test("with more than 4096 nodes is refused")
    func tooManyNodes() throws {
        let nodes = (0...4096).map { "{\"id\":\"n\($0)\",\"weight\":0}" }.joined(separator: ",")
        let error = #expect(throws: RingDocumentError.self) {
            try RingDocument.parse(resealed(Self.text(nodes: "\"nodes\":[\(nodes)]", points: 0)), service: chat)
        }
        #expect(error == .field(.invalid("nodes", expected: "an array of at most 4096")))
    }

    @Test(
        "that lacks a member says which",
        arguments: ["epoch", "hash", "nodes", "points", "table", "v", "vnodes", "service"])
    func missing(name: String) throws {
        let text = try members(of: String(decoding: Self.document().seal(), as: UTF8.self))
        let renamed = text.replacing("\"\(name)\":", with: "\"\(name)_\":", maxReplacements: 1)
        #expect(throws: RingDocumentError.field(.missing(name))) {
            try RingDocument.parse(resealed(renamed), service: chat)
        }
    }

    @Test(
        "with a number in any form but digits is refused",
        arguments: [
            "4.0", "4e0", "-4", "\"4\"", "04", "+4", "0x4", "true", "null", "[4]", "4096.0", "40960000000000000000",
        ])
    func numbers(form: String) {
        #expect(throws: RingDocumentError.self) {
            try RingDocument.parse(resealed(Self.text(nodes: Self.nodes, vnodes: form)), service: chat)
        }
    }

    @Test("names the node whose member is wrong")
    func wrongNode() {
        let nodes = "\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\",\"weight\":10001}]"
        #expect(throws: RingDocumentError.node(index: 1, .invalid("weight", expected: "an integer in 0...10000"))) {
            try RingDocument.parse(resealed(Self.text(nodes: nodes)), service: chat)
        }
        let twice = "\"nodes\":[{\"id\":\"a\",\"\\u0069d\":\"b\"}]"
        #expect(throws: RingDocumentError.node(index: 0, .repeated("id"))) {
            try RingDocument.parse(resealed(Self.text(nodes: twice)), service: chat)
        }
    }

    @Test("with other points or another table than derived is refused")
    func otherTable() throws {
        let text = try members(of: String(decoding: Self.document().seal(), as: UTF8.self))
        #expect(throws: RingDocumentError.otherPoints(stated: 161, derived: 160)) {
            try RingDocument.parse(resealed(text.replacing("\"points\":160", with: "\"points\":161")), service: chat)
        }
        let error = #expect(throws: RingDocumentError.self) {
            try RingDocument.parse(
                resealed(text.replacing("\"table\":\"", with: "\"table\":\"0000000000000000\",\"x\":\"")), service: chat
            )
        }
        #expect(error?.label == "table")
    }

    @Test("of a newer writer is still adopted: what is not understood counts as not said")
    func newerWriter() throws {
        let text = try members(of: String(decoding: Self.document().seal(), as: UTF8.self))
            .replacing("\"reconnect-all\"", with: "\"teleport\"").replacing("\"broadcast\"", with: "7")
            .replacing("\"10.0.0.1:7100\"", with: "{}").replacing("\"loops\":2", with: "\"loops\":\"many\"")
            .replacing("\"move_rate\":7", with: "\"move_rate\":100001")
        let snapshot = try RingSnapshot(bytes: resealed(text), for: chat)
        #expect(snapshot.document.plan == nil)
        #expect(snapshot.plan == .reconnectMoved)
        #expect(snapshot.delivery == .routed)
        #expect(snapshot.moves == (try MoveBudget(perSecond: 2000, inFlight: 8)))
        #expect(snapshot.nodes[0].address == nil)
        #expect(snapshot.nodes[0].loops == 1)
    }

    @Test("that makes no ring is not written")
    func unsealable() throws {
        var document = try Self.document()
        document.nodes.append(document.nodes[0])
        #expect(throws: RingDocumentError.ring(.duplicateID(document.nodes[0].id))) { try document.seal() }
    }

    // MARK: Documents

    static func document() throws -> RingDocument {
        let up = try NodeRecord(
            id: "node-1", incarnation: 1_795_358_857_087, address: "10.0.0.1:7100", url: "ws://10.0.0.1:7200/chat",
            zone: "z", loops: 2)
        let draining = try NodeRecord(
            id: "node-2", incarnation: 7, kind: .foreign, address: "[::1]:80", url: "wss://h.example/x?y", key: "k~1")
        return RingDocument(
            service: chat, epoch: try #require(Epoch(5)),
            settings: try ServiceSettings(
                vnodes: 160, plan: .reconnectAll, delivery: .broadcast, closeOver: .milliseconds(2500),
                moves: MoveBudget(perSecond: 7, inFlight: 8)),
            nodes: [.init(up, state: .up), .init(draining, state: .draining)], seed: 9)
    }

    static func text(nodes: String, vnodes: String = "4", points: Int = 8) -> String {
        "\"epoch\":1,\"hash\":\"xxh64\",\(nodes),\"points\":\(points),\"service\":\"chat\","
            + "\"table\":\"0000000000000000\",\"v\":1,\"vnodes\":\(vnodes)"
    }
}
