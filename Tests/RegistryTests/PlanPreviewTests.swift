import ClusterModel
import Foundation
import HashRing
import Testing

@testable import Registry

@Suite struct PlanPreviewTests {
    /// The ring of ten nodes of Ring v1 §9, case 10.
    private func ten() throws -> [RingDocument.Node] {
        try (1...10).map { RingDocument.Node(member: try RingMember(id: Sample.id("ws-\($0)"))) }
    }

    @Test func `adding the eleventh of ten nodes moves exactly what the specification says`() throws {
        let preview = try PlanPreview(.add(Sample.id("ws-11"), weight: 100), nodes: ten(), vnodes: 160)
        #expect(preview.rangeCount == 143)
        #expect(preview.moved.description == "1478629917685353469")
        #expect(preview.shares.count == 11)
        let gained = try #require(preview.shares.first { $0.id.text == "ws-11" })
        #expect(gained.before == nil && gained.after == preview.moved)
        #expect(preview.shares.reduce(UInt128(0)) { $0 + ($1.after?.hashes ?? 0) } == CircleShare.whole.hashes)
    }

    @Test func `removing a node moves exactly its share`() throws {
        let preview = try PlanPreview(.remove(Sample.id("ws-3")), nodes: ten(), vnodes: 160)
        let gone = try #require(preview.shares.first { $0.id.text == "ws-3" })
        #expect(gone.after == nil && gone.before == preview.moved)
    }

    @Test func `a weight of a known node is a change of that node`() throws {
        let same = try PlanPreview(.add(Sample.id("ws-3"), weight: 100), nodes: ten(), vnodes: 160)
        #expect(same.rangeCount == 0 && same.moved == .none)
        let none = try PlanPreview(.add(Sample.id("ws-3"), weight: 0), nodes: ten(), vnodes: 160)
        let removed = try PlanPreview(.remove(Sample.id("ws-3")), nodes: ten(), vnodes: 160)
        #expect(none.moved == removed.moved)
    }

    @Test func `what is not there cannot be removed`() throws {
        let failure = PlanPreview.Failure.unknownNode(try Sample.id("x"))
        #expect(throws: failure) { try PlanPreview(.remove(Sample.id("x")), nodes: ten(), vnodes: 160) }
    }

    @Test func `the JSON has exact counts as texts and shares as numbers`() throws {
        let preview = try PlanPreview(.add(Sample.id("a"), weight: 50), nodes: [], vnodes: 160)
        let json =
            try JSONSerialization.jsonObject(
                with: Data(preview.json(service: Sample.service(), epoch: nil))) as? [String: Any]
        #expect(json?["moved"] as? Double == 1)
        #expect(json?["moved_hashes"] as? String == "18446744073709551616")
        #expect(json?["weight"] as? Int == 50 && json?["epoch"] as? Int == 0)
    }
}
