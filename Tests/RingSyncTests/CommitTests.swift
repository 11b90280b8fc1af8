import ClusterModel
import Foundation
import HashRing
import Reactor
import RedisLink
import TestRedis
import Testing

@testable import RingSync

@Suite(.serialized) struct CommitTests {
    private func commit(_ snapshot: RingSnapshot, fence: UInt64 = 0, leader: String = "") -> RingCommit {
        var commit = RingCommit(snapshot, cause: "up a", by: "registry-1", at: 1_700_000_000_000)
        commit.leader = leader
        commit.fence = fence
        return commit
    }

    @Test("The scripts are those of redis/*.lua, and their names are their SHA-1")
    func texts() async throws {
        let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("../../redis").standardizedFileURL
        let live = try LiveRing()
        for (name, script) in [("commit", RedisScript.commit), ("events", RedisScript.events)] {
            let text = try String(contentsOf: folder.appendingPathComponent("\(name).lua"), encoding: .utf8)
            #expect(script.text == text)
            #expect(try await live.redis.command("SCRIPT", "LOAD", RedisArgument(script.text)).text == script.sha1)
        }
        await live.stop()
    }

    @Test("A commit stores the document with its fields, the nodes, the service and an event, and reads back")
    func stores() async throws {
        let live = try LiveRing()
        let publisher = try live.publisher()
        let ring = try Rings.snapshot(7, "a", "b")
        var first = commit(ring, fence: 3)
        first.saved = [try Rings.record("a"), try Rings.record("b")]
        #expect(try await publisher.commit(first) == .stored)
        let stored = try #require(try await publisher.stored())
        #expect(stored.document == ring.bytes)
        #expect(stored.epoch == ring.epoch)
        #expect(stored.digest == Hex16.string(ring.digest))
        #expect(stored.fence == 3)
        #expect(stored.cause == "up a" && stored.by == "registry-1" && stored.at == 1_700_000_000_000)
        #expect(try await publisher.nodes().records == [try Rings.record("a"), try Rings.record("b")])
        var second = commit(try Rings.snapshot(8, "a"), fence: 3)
        second.removed = [try NodeID("b")]
        try await publisher.commit(second)
        #expect(try await publisher.nodes().records.map(\.id.text) == ["a"])
        let events = try await publisher.events()
        #expect(events.map(\.epoch.value) == [8, 7])
        #expect(events[1].digest == Hex16.string(ring.digest) && events[1].by == "registry-1")
        #expect(try await publisher.services() == [try Rings.service()])
        #expect(try live.server.cli("HGET", "ringway:{chat}:ring", "epoch") == "8")
        await live.stop()
    }

    @Test("A lower or equal epoch is refused and changes nothing; the very same document again is no error")
    func stale() async throws {
        let live = try LiveRing()
        let publisher = try live.publisher()
        let ring = try Rings.snapshot(10, "a")
        try await publisher.commit(commit(ring))
        #expect(try await publisher.commit(commit(ring)) == .alreadyStored)
        for other in [try Rings.snapshot(9, "b"), try Rings.snapshot(10, "b"), try Rings.snapshot(2, "b")] {
            await #expect(throws: CommitError.stale(stored: ring.epoch)) { try await publisher.commit(commit(other)) }
        }
        #expect(try await publisher.stored()?.document == ring.bytes)
        #expect(try await publisher.events().count == 1)
        await live.stop()
    }

    @Test("Epochs are compared as decimal text: exact where a double is not, and not as words")
    func decimals() async throws {
        let live = try LiveRing()
        let publisher = try live.publisher()
        for epoch in [9, 10, 99, 1000, 9_007_199_254_740_990, 9_007_199_254_740_991] as [UInt64] {
            #expect(try await publisher.commit(commit(try Rings.snapshot(epoch, "a"))) == .stored, "epoch \(epoch)")
        }
        // Beyond what an Epoch can be: straight to the script. As doubles these two are equal.
        try live.server.cli("HSET", "ringway:{chat}:ring", "epoch", "9007199254740992", "fence", "9007199254740993")
        let keys = ["ringway:{chat}:ring", "ringway:{chat}:events", "ringway:{chat}:leader", "ringway:{chat}:nodes"]
        func raw(_ epoch: String, fence: String) async throws(RedisError) -> RESPValue {
            let digest: RedisArgument = "0000000000000000"
            return try await RedisScript.commit.run(
                live.redis, keys: keys,
                arguments: ["", RedisArgument(fence), RedisArgument(epoch), digest, "", "", "1", "{}", "0"])
        }
        await #expect(throws: RedisError.server("FENCED 9007199254740993")) {
            try await raw("9007199254740993", fence: "9007199254740992")
        }
        #expect(try await raw("9007199254740993", fence: "9007199254740993") == .simple("OK"))
        await #expect(throws: RedisError.server("STALE 9007199254740993")) {
            try await raw("9007199254740992", fence: "9007199254740993")
        }
        for bad in ["", "0", "01", "1e3", "-1", "0x9", "9.0"] {
            await #expect(throws: RedisError.server("BADARGS epoch")) { try await raw(bad, fence: "9007199254740993") }
        }
        await live.stop()
    }

    @Test("Leader and fence are checked when a leader is named, and an overtaken leader is fenced either way")
    func leader() async throws {
        let live = try LiveRing()
        let publisher = try live.publisher()
        await #expect(throws: CommitError.notLeader(holder: "")) {
            try await publisher.commit(commit(try Rings.snapshot(1, "a"), fence: 1, leader: "r1"))
        }
        try live.server.cli("SET", "ringway:{chat}:leader", "r1#2")
        await #expect(throws: CommitError.notLeader(holder: "r1#2")) {
            try await publisher.commit(commit(try Rings.snapshot(1, "a"), fence: 1, leader: "r1"))
        }
        #expect(try await publisher.commit(commit(try Rings.snapshot(1, "a"), fence: 2, leader: "r1")) == .stored)
        await #expect(throws: CommitError.fenced(by: "2")) {
            try await publisher.commit(commit(try Rings.snapshot(2, "a"), fence: 1))
        }
        #expect(try await publisher.events().count == 1)
        await live.stop()
    }

    @Test("Scripts flushed from the server are sent again; nothing runs twice")
    func flushed() async throws {
        let live = try LiveRing()
        let publisher = try live.publisher()
        for epoch in 1...3 as ClosedRange<UInt64> {
            try live.server.cli("SCRIPT", "FLUSH")
            #expect(try await publisher.commit(commit(try Rings.snapshot(epoch, "a"))) == .stored)
        }
        #expect(try await publisher.events().count == 3)
        await live.stop()
    }

    @Test("A stopped server leaves the outcome unknown, a dead one refuses")
    func unknown() async throws {
        let live = try LiveRing()
        let publisher = try live.publisher()
        try await publisher.commit(commit(try Rings.snapshot(1, "a")))
        live.server.suspend()
        let next = commit(try Rings.snapshot(2, "a"))
        do {
            try await publisher.commit(next, deadline: .seconds(1))
            Issue.record("a stopped server answered")
        } catch {
            guard case .unknown = error else { Issue.record("\(error)"); return }
        }
        live.server.resume()
        // The same bytes again settle it, whether SADD, the script or nothing got through before.
        let outcome = try await publisher.commit(next, deadline: .seconds(10))
        #expect(outcome == .stored || outcome == .alreadyStored)
        live.server.kill()
        // The first may still find the old connection.
        _ = try? await publisher.commit(commit(try Rings.snapshot(3, "a")), deadline: .seconds(1))
        let third = commit(try Rings.snapshot(3, "a"))
        do {
            try await publisher.commit(third, deadline: .seconds(1))
            Issue.record("a dead server answered")
        } catch {
            guard case .refused(.notConnected) = error else { Issue.record("\(error)"); return }
        }
        await live.stop()
    }

    @Test("Settings are written and read back, defaults fill in, and what must not be in force is refused")
    func settings() async throws {
        let live = try LiveRing()
        let publisher = try live.publisher()
        #expect(try await publisher.settings() == .standard)
        let settings = try ServiceSettings(
            vnodes: 32, plan: .reconnectAll, delivery: .broadcast, closeOver: .seconds(1))
        try await publisher.save(settings)
        #expect(try await publisher.settings() == settings)
        try live.server.cli("HSET", "ringway:{chat}:settings", "vnodes", "many")
        await #expect(throws: StoreError.self) { try await publisher.settings() }
        try live.server.cli("HSET", "ringway:{chat}:nodes", "broken", "{")
        try await publisher.save(try Rings.record("a"))
        let nodes = try await publisher.nodes()
        #expect(nodes.records.map(\.id.text) == ["a"] && nodes.unreadable == ["broken"])
        try await publisher.remove(try NodeID("a"))
        #expect(try await publisher.nodes().records.isEmpty)
        await live.stop()
    }

    @Test("The ACL of redis/keyspace.md is enough for a registry, and not enough for another prefix")
    func acl() async throws {
        let rules = [
            "--user", "ringway-registry", "on", ">pw", "resetchannels", "&ringway:*", "~ringway:*", "+@hash",
            "+@stream", "+@set",
            "+@string", "+@scripting", "+publish", "+subscribe", "+ping", "+select", "+client|setname",
        ]
        let live = try LiveRing(rules, login: "ringway-registry:pw@")
        let publisher = try live.publisher()
        var first = commit(try Rings.snapshot(1, "a"))
        first.saved = [try Rings.record("a")]
        #expect(try await publisher.commit(first) == .stored)
        try await publisher.save(.standard)
        #expect(try await publisher.settings() == .standard)
        #expect(try await publisher.events().count == 1)
        #expect(try await publisher.services().count == 1)
        let other = RingPublisher(
            service: try Rings.service(), keyspace: try Keyspace(prefix: "staging"), redis: live.redis)
        await #expect(throws: CommitError.self) { try await other.commit(first) }
        await live.stop()
    }
}
