import HashRing
import Testing

@Suite("a user's key")
struct UserKeyTests {
    @Test("every published key is decided as published")
    func publishedKeys() throws {
        for vector in try Vectors.load().keys {
            let bytes = Array(vector.utf8.utf8)
            let error = bytes.withUnsafeBytes { UserKey.validate($0) }
            #expect((error == nil) == vector.valid, "\(vector.utf8.debugDescription): \(String(describing: error))")
            #expect(((try? UserKey(bytes: bytes)) != nil) == vector.valid)
        }
    }

    @Test(
        "bytes that are not UTF-8 are refused where they start to be wrong",
        arguments: [
            ([0x80], 0), ([0x61, 0xff], 1), ([0xc0, 0xaf], 0), ([0xc1, 0xbf], 0), ([0xe0, 0x80, 0xaf], 0),
            ([0xed, 0xa0, 0x80], 0), ([0xf0, 0x80, 0x80, 0xaf], 0), ([0xf4, 0x90, 0x80, 0x80], 0), ([0xf5, 0x80], 0),
            ([0x61, 0xc3], 1), ([0xe4, 0xbd], 0), ([0xf0, 0x9f, 0x98], 0), ([0xc3, 0x28], 0), ([0xe2, 0x28, 0xa1], 0),
            ([0xf0, 0x9f, 0x98, 0x28], 0),
        ] as [([UInt8], Int)])
    func notUTF8(bytes: [UInt8], offset: Int) {
        #expect(throws: UserKeyError.invalidUTF8(offset: offset)) { try UserKey(bytes: bytes) }
    }

    @Test("the check agrees with the standard library's on random bytes", arguments: [1, 2, 3] as [UInt64])
    func againstStandardLibrary(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let leads: [UInt8] = [0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0x9f, 0xa0, 0x90, 0x8f]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                leads.randomElement(using: &random) ?? 0x41
            }
            let valid = String(validating: bytes, as: UTF8.self) != nil
            #expect((bytes.withUnsafeBytes { UserKey.validate($0) } == nil) == valid, "seed \(seed): \(bytes)")
        }
    }

    @Test("two spellings that look alike are two users, on two nodes")
    func spellings() throws {
        let composed = try UserKey("jos\u{e9}")
        let decomposed = try UserKey("jose\u{301}")
        #expect("jos\u{e9}" == "jose\u{301}", "this is why users are not kept as String")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(Hex16.string(XXHash64.hash(composed.bytes)) == "b36b27e24a7eb8d6")
        #expect(Hex16.string(XXHash64.hash(decomposed.bytes)) == "a16f39a5f588d82d")
    }

    @Test("in a log line a key is escaped and cut")
    func description() throws {
        #expect(try UserKey("alice").description == "alice")
        #expect(try UserKey("a\"b\\\u{202e}c").description == "a\\\"b\\\\\\u{202E}c")
        let long = try UserKey(String(repeating: "x", count: 200))
        #expect(long.description == String(repeating: "x", count: 64) + "…")
    }

    @Test("a group never collides with a user, and lies where the published one lies")
    func group() throws {
        let group = GroupKey(id: try UserKey("room-1"))
        #expect(Hex16.string(XXHash64.hash(group.bytes)) == "629f637d6080230c")
        #expect(throws: UserKeyError.controlByte(offset: 0)) { try UserKey(bytes: group.bytes) }
    }
}

@Suite("a node's name and its place")
struct NodeTests {
    @Test("names of the right form are taken", arguments: ["a", "9", "ws-1", "10.0.0.1:7001", "A_b.c:d-e"])
    func good(text: String) throws {
        #expect(try NodeID(text).text == text)
    }

    @Test("other texts are refused", arguments: ["", "-a", ".a", "a#b", "a b", "é", "a\u{0}", "a~"])
    func bad(text: String) {
        #expect(throws: NodeIDError.self) { try NodeID(text) }
    }

    @Test("a name has at most 128 bytes")
    func length() throws {
        _ = try NodeID(String(repeating: "a", count: 128))
        #expect(throws: NodeIDError.self) { try NodeID(String(repeating: "a", count: 129)) }
    }

    @Test("names are ordered by bytes")
    func order() throws {
        #expect(try NodeID("10") < NodeID("9"))
        #expect(try NodeID("B") < NodeID("a"))
        #expect(try NodeID("a") < NodeID("a-"))
    }

    @Test("a member's weight, key and zone keep to their ranges")
    func member() throws {
        let id = try NodeID("ws-1")
        #expect(throws: RingMemberError.weight(-1)) { try RingMember(id: id, weight: -1) }
        #expect(throws: RingMemberError.weight(10_001)) { try RingMember(id: id, weight: 10_001) }
        #expect(throws: RingMemberError.key("a#b")) { try RingMember(id: id, key: "a#b") }
        #expect(throws: RingMemberError.key("")) { try RingMember(id: id, key: "") }
        #expect(throws: RingMemberError.zone("a:b")) { try RingMember(id: id, zone: "a:b") }
        #expect(try RingMember(id: id, key: "ws-1~7", zone: "-a").key == "ws-1~7")
        #expect(try RingMember(id: id, weight: 50, zone: "z").draining == RingMember(id: id, weight: 0, zone: "z"))
    }
}
