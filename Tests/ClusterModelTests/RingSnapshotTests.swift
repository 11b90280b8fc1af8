import ClusterModel
import HashRing
import Testing

@Suite("a snapshot, and whether it replaces another")
struct RingSnapshotTests {
    @Test("finds every node by its name, draining ones too, and no other")
    func nodes() throws {
        let snapshot = try RingSnapshot(bytes: RingDocumentTests.document().seal(), for: chat)
        #expect(snapshot.nodes.map(\.id) == snapshot.ring.nodes)
        #expect(snapshot.node(try NodeID("node-2"))?.state == .draining)
        #expect(snapshot.node(try NodeID("node-3")) == nil)
        #expect(snapshot.owner(of: try UserKey("alice"))?.id.text == "node-1", "a draining node owns nothing")
        #expect(snapshot.closeOver == .milliseconds(2500))
        #expect(snapshot.moves == (try MoveBudget(perSecond: 7, inFlight: 8)))
    }

    @Test("aligns its nodes with the ring's, whatever order the document had")
    func alignment() throws {
        let text = try members(of: String(decoding: RingDocumentTests.document().seal(), as: UTF8.self))
        let list = text[
            try #require(text.firstRange(of: "[{")).upperBound..<(try #require(text.firstRange(of: "}]")).lowerBound)]
        let nodes = list.split(separator: "},{").reversed().joined(separator: "},{")
        let reversed = text.replacing(list, with: nodes)
        let snapshot = try RingSnapshot(bytes: resealed(reversed), for: chat)
        #expect(snapshot.document.nodes.map(\.id.text) == ["node-2", "node-1"])
        #expect(snapshot.nodes.map(\.id.text) == ["node-1", "node-2"])
        #expect(snapshot.nodes.map(\.id) == snapshot.ring.nodes)
    }

    @Test("of a higher epoch is adopted, of a lower one ignored, of the same compared by its digest")
    func adoption() throws {
        func version(_ epoch: UInt64, _ digest: UInt64) throws -> RingVersion {
            RingVersion(epoch: try #require(Epoch(epoch)), digest: digest)
        }
        let held = try version(5, 50)
        #expect(Adoption.decide(holding: nil, offered: held) == .adopt)
        #expect(Adoption.decide(holding: held, offered: try version(6, 50)) == .adopt)
        #expect(Adoption.decide(holding: held, offered: try version(99, 1)) == .adopt, "epochs may be skipped")
        #expect(Adoption.decide(holding: held, offered: try version(4, 50)) == .lower)
        #expect(Adoption.decide(holding: held, offered: held) == .same)
        #expect(Adoption.decide(holding: held, offered: try version(5, 51)) == .conflict)
    }
}
