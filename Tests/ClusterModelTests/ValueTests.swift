import ClusterModel
import HashRing
import Testing

@Suite("the small values")
struct ValueTests {
    @Test("a service's name keeps to its form")
    func serviceNames() throws {
        for text in ["a", "chat", "9a.b_c-d", String(repeating: "x", count: 64)] {
            #expect(try ServiceName(text).text == text)
        }
        for text in ["", "-a", ".a", "_a", "a:b", "a b", "a/b", "{a}", "é", String(repeating: "x", count: 65)] {
            #expect(throws: ServiceNameError.self) { try ServiceName(text) }
        }
    }

    @Test("an epoch is 1 to 2^53-1")
    func epochs() {
        #expect(Epoch(0) == nil)
        #expect(Epoch(1) == .first)
        #expect(Epoch(1 << 53) == nil)
        #expect(Epoch((1 << 53) - 1)?.value == Epoch.maxValue)
        #expect(Incarnation(0) == .unknown)
        #expect(Incarnation(1 << 53) == nil)
    }

    @Test("the next epoch is above everything known, also after the store lost its data")
    func nextEpoch() {
        #expect(Epoch.next(stored: nil, highestReported: nil, unixMilliseconds: 77)?.value == 77)
        #expect(Epoch.next(stored: Epoch(80), highestReported: nil, unixMilliseconds: 77)?.value == 81)
        #expect(Epoch.next(stored: nil, highestReported: Epoch(90), unixMilliseconds: 77)?.value == 91)
        #expect(Epoch.next(stored: Epoch(80), highestReported: Epoch(90), unixMilliseconds: 99)?.value == 99)
        #expect(Epoch.next(stored: nil, highestReported: nil, unixMilliseconds: 0) == .first)
        #expect(Epoch.next(stored: Epoch(Epoch.maxValue), highestReported: nil, unixMilliseconds: 1) == nil)
    }

    @Test("our close codes say by their number whether to come back")
    func ourCloseCodes() {
        let back: [CloseCode] = [
            .moved, .draining, .ownerUnavailable, .overloaded, .pongTimeout, .slowConsumer, .ringChanged, .tokenExpired,
        ]
        let away: [CloseCode] = [.unauthorized, .superseded, .forbidden, .policy]
        #expect(back.map(\.rawValue) == [4001, 4002, 4003, 4004, 4008, 4009, 4100, 4401])
        #expect(away.map(\.rawValue) == [4500, 4501, 4503, 4504])
        #expect(!back.contains { !$0.mayReturn })
        #expect(!away.contains { $0.mayReturn })
        #expect(!(back + away).contains { !$0.isAllowedOnWire })
        #expect(CloseCode.ownerUnavailable.description == "4003 ownerUnavailable")
        #expect(CloseCode(rawValue: 4999).name == "4999")
    }

    @Test(
        "standard close codes mean what the RFC says",
        arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2999, 5000, 65535] as [UInt16])
    func neverOnWire(code: UInt16) {
        #expect(!CloseCode(rawValue: code).isAllowedOnWire)
    }

    @Test(
        "close codes of the RFC, of libraries and of applications may be sent",
        arguments: [1000, 1003, 1007, 1011, 1014, 3000, 4999] as [UInt16])
    func onWire(code: UInt16) {
        #expect(CloseCode(rawValue: code).isAllowedOnWire)
    }

    @Test("a close reason carries when to come back and the epoch")
    func advice() {
        let advice = CloseAdvice(retryMilliseconds: 1200, epoch: Epoch(1_795_358_857_087))
        #expect(advice.reason == "retry=1200;epoch=1795358857087")
        #expect(CloseAdvice(reason: advice.reason) == advice)
        #expect(CloseAdvice(reason: "why=x;epoch=7;retry=;;=3") == CloseAdvice(epoch: Epoch(7)))
        #expect(CloseAdvice().reason.isEmpty)
        let longest = CloseAdvice(retryMilliseconds: .max, epoch: Epoch(Epoch.maxValue))
        #expect(longest.reason.utf8.count <= CloseAdvice.maxReasonBytes)
    }

    @Test("every key of a service lies in one slot, every channel beside it")
    func keys() throws {
        let keys = Keyspace.standard
        #expect(keys.services == "ringway:services")
        #expect(keys.ring(chat) == "ringway:{chat}:ring")
        #expect(keys.nodes(chat) == "ringway:{chat}:nodes")
        #expect(keys.settings(chat) == "ringway:{chat}:settings")
        #expect(keys.leader(chat) == "ringway:{chat}:leader")
        #expect(keys.events(chat) == "ringway:{chat}:events")
        #expect(keys.ringChannel(chat) == "ringway:{chat}:ring")
        #expect(keys.broadcastChannel(chat) == "ringway:{chat}:broadcast")
        #expect(try Keyspace(prefix: "staging:eu-1").ring(chat) == "staging:eu-1:{chat}:ring")
        for prefix in ["", "a{b", "a}b", "a b", "é", String(repeating: "x", count: 65)] {
            #expect(throws: KeyspaceError.self) { try Keyspace(prefix: prefix) }
        }
    }

    @Test("a message's data is carried byte for byte")
    func envelope() throws {
        let data = Array("{ \"x\" : 1.50, \"y\":\"\\u00e9\" }".utf8)
        let envelope = try Envelope(
            from: UserKey("al\"ice"), to: UserKey("用户-42"), messageClass: .reliable, id: "m\n1", data: data)
        let read = try Envelope(json: envelope.json)
        #expect(read == envelope)
        #expect(read.data == data)
    }

    @Test("a message needs an id of 1 to 64 characters and two users")
    func badEnvelopes() throws {
        let user = try UserKey("u")
        #expect(throws: FieldError.self) { try Envelope(from: user, to: user, messageClass: .fast, id: "", data: []) }
        let long = String(repeating: "é", count: 65)
        #expect(throws: FieldError.self) { try Envelope(from: user, to: user, messageClass: .fast, id: long, data: []) }
        let wrong = [
            ("to", "{\"from\":\"u\",\"to\":\"a\\u0001\",\"id\":\"1\",\"data\":1}"),
            ("from", "{\"to\":\"u\",\"id\":\"1\",\"data\":1}"), ("data", "{\"from\":\"u\",\"to\":\"u\",\"id\":\"1\"}"),
            ("class", "{\"from\":\"u\",\"to\":\"u\",\"id\":\"1\",\"data\":1,\"class\":\"x\"}"),
        ]
        for (field, text) in wrong {
            let error = #expect(throws: FieldError.self) { try Envelope(json: Array(text.utf8)) }
            #expect(error?.field == field)
        }
    }
}
