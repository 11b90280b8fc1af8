import ClusterModel
import Reactor
import SessionLink
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(1))) struct NodeProbeTests {
    private let group = LoopGroup(count: 1, name: "probe")

    private func call(
        _ node: FakeNode, key: ProofKey? = Sample.proofKey, secrets: LinkSecrets = .none,
        deadline: Duration = .seconds(20)
    ) async throws -> ProbeVerdict {
        let probe = try await NodeProbe(on: group.loops[0], trust: LinkTrust { secrets })
        let record = try Sample.record("a", incarnation: 7, address: node.address)
        let (service, epoch) = (try Sample.service(), try Sample.epoch(12))
        let verdict = await probe.call(
            record, key: key, service: service, epoch: epoch, deadline: deadline)
        group.stop()
        return verdict
    }

    @Test func `the node that is meant is found, and knows who asked`() async throws {
        let node = try await FakeNode(.accept(node: "a", incarnation: 7))
        let verdict = try await call(node)
        #expect(verdict == .answered(node: "a", incarnation: 7))
        #expect(verdict.confirms(try Sample.record("a", incarnation: 7)))
        let hello = try #require(node.hellos.first)
        #expect(node.hellos.count == 1 && hello.role == .registry && hello.service == "chat")
        #expect(hello.sender == "registry" && hello.target == "a" && hello.targetLoop == 0 && hello.epoch == 12)
    }

    @Test func `another run at the same place proves that the old one is gone`() async throws {
        let verdict = try await call(FakeNode(.accept(node: "a", incarnation: 8)))
        #expect(!verdict.confirms(try Sample.record("a", incarnation: 7)))
        #expect(verdict.provesGone(try Sample.record("a", incarnation: 7)))
    }

    @Test func `a closed port proves that the process is gone`() async throws {
        let node = try await FakeNode(.silent)
        node.stop()
        let verdict = try await call(node)
        #expect(verdict == .portClosed)
        #expect(verdict.provesGone(try Sample.record("a", incarnation: 7)))
    }

    @Test func `silence ends at the deadline and proves nothing`() async throws {
        let start = ContinuousClock.now
        let verdict = try await call(FakeNode(.silent), deadline: .milliseconds(200))
        guard case .silent = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(ContinuousClock.now - start >= .milliseconds(190))
        #expect(!verdict.provesGone(try Sample.record("a", incarnation: 7)))
    }

    @Test(arguments: [
        FakeNode.Manner.other(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), .hangUp,
    ])
    func `what does not speak our link is not ours`(_ manner: FakeNode.Manner) async throws {
        let verdict = try await call(FakeNode(manner))
        guard case .notOurs = verdict else {
            Issue.record("\(verdict)")
            return
        }
    }

    @Test(arguments: [
        (LinkHelloAnswer.Refusal.node, true), (.service, true), (.shuttingDown, false), (.version, false),
    ])
    func `a refusal proves gone only if somebody else lives there`(
        _ refusal: LinkHelloAnswer.Refusal, _ gone: Bool
    ) async throws {
        let verdict = try await call(FakeNode(.refuse(refusal)))
        #expect(verdict == .refused(refusal, message: "no"))
        #expect(verdict.provesGone(try Sample.record("a", incarnation: 7)) == gone)
    }

    @Test func `other frames before the answer are none of ours`() async throws {
        let verdict = try await call(FakeNode(.other(LinkRingHint(epoch: 3).frame())))
        guard case .notOurs = verdict else {
            Issue.record("\(verdict)")
            return
        }
    }

    // MARK: Proofs

    private static let right = LinkSecrets([[UInt8](repeating: 1, count: 32)]) ?? .none
    private static let wrong = LinkSecrets([[UInt8](repeating: 2, count: 32)]) ?? .none

    @Test func `where a secret is shared, both ends prove it`() async throws {
        let node = try await FakeNode(.accept(node: "a", incarnation: 7), secrets: Self.right)
        #expect(try await call(node, secrets: Self.right) == .answered(node: "a", incarnation: 7))
        #expect(node.hellos.first?.asksForProof == true)
    }

    @Test func `another secret, or none on one side, proves nothing, neither up nor gone`() async throws {
        for (here, there) in [
            (Self.right, Self.wrong), (Self.right, LinkSecrets.none), (LinkSecrets.none, Self.right),
        ] {
            let probes = NodeProbeTests()
            let verdict = try await probes.call(
                FakeNode(.accept(node: "a", incarnation: 7), secrets: there), secrets: here)
            #expect(!verdict.confirms(try Sample.record("a", incarnation: 7)), "\(verdict)")
            #expect(!verdict.provesGone(try Sample.record("a", incarnation: 7)), "\(verdict)")
        }
    }

    @Test func `who knows the link secret and not the key of the registration is not the node`() async throws {
        for key in [nil, ProofKey([UInt8](repeating: 9, count: 32))] {
            let probes = NodeProbeTests()
            let verdict = try await probes.call(
                FakeNode(.prove(node: "a", incarnation: 7, key: key), secrets: Self.right), secrets: Self.right)
            guard case .unproven = verdict else {
                Issue.record("\(verdict)")
                return
            }
            #expect(!verdict.confirms(try Sample.record("a", incarnation: 7)))
        }
        // One that only the store remembers has no key here: the link secret has to do.
        let known = try await NodeProbeTests().call(
            FakeNode(.prove(node: "a", incarnation: 7, key: nil), secrets: Self.right), key: nil, secrets: Self.right)
        #expect(known == .answered(node: "a", incarnation: 7))
    }
}
