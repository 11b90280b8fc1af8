import ClusterModel
import Reactor
import SessionLink
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(1))) struct NodeProbeTests {
    private let group = LoopGroup(count: 1, name: "probe")

    private func call(_ node: FakeNode, deadline: Duration = .seconds(5)) async throws -> ProbeVerdict {
        let probe = try await NodeProbe(on: group.loops[0])
        let record = try Sample.record("a", incarnation: 7, address: node.address)
        let (service, epoch) = (try Sample.service(), try Sample.epoch(12))
        let verdict = await probe.call(record, service: service, epoch: epoch, deadline: deadline)
        group.stop()
        return verdict
    }

    @Test func `the node that is meant is found, and knows who asked`() async throws {
        let node = try await FakeNode(.accept(node: "a", incarnation: 7))
        let verdict = try await call(node)
        #expect(verdict == .answered(node: "a", incarnation: 7))
        #expect(verdict.confirms(try Sample.record("a", incarnation: 7)))
        #expect(
            node.hellos == [
                LinkHello(role: .registry, service: "chat", sender: "registry", target: "a", targetLoop: 0, epoch: 12)
            ])
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
        #expect(ContinuousClock.now - start < .seconds(4))
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

    @Test func `other frames before the answer are passed over`() async throws {
        let hint = LinkRingHint(epoch: 3).frame()
        let answer = LinkHelloAnswer.accepted(node: "a", incarnation: 7, loops: 2, epoch: 3).frame()
        let verdict = try await call(FakeNode(.other(hint + answer)))
        #expect(verdict == .answered(node: "a", incarnation: 7))
    }
}
