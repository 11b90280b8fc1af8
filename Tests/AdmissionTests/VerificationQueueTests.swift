import ClusterModel
import Dispatch
import Reactor
import TestClients
import Testing
import WebSocketWire

@testable import Admission

@Suite struct VerificationQueueTests {
    private func status(_ result: Result<Credential, HTTPRefusal>) -> Int {
        switch result {
        case .success: 101
        case .failure(let refusal): refusal.status
        }
    }

    /// Asks for `count` checks at once, each for a client of its own, and waits for all answers.
    private func statuses(
        _ count: Int, clock: WallClock = WallClock { Vectors.now * 1000 }, patience: Duration = .seconds(60),
        forgetting: Bool = false, answered: @escaping @Sendable () -> Void = {}
    ) async throws -> [Int] {
        let group = LoopGroup(count: 1, name: "queue")
        defer { group.stop() }
        let reading = try await TokenVerifier.forge().read(Array(try await Forge().token().utf8))
        let answers = Locked<[Int]>([])
        let queue = try await group.loops[0].run { loop in
            let queue = VerificationQueue(loop: loop, clock: clock, patience: patience)
            for index in 0..<count {
                let client = SocketID(index: Int32(index), generation: 1)
                queue.verify(reading, for: client) { result in
                    let status = status(result)
                    answers.withLock { $0.append(status) }
                    answered()
                }
                if forgetting { queue.forget(client) }
            }
            return LoopBound(queue, to: loop)
        }
        try await until("all checks are over") { try await group.loops[0].run { queue.value(on: $0).running } == 0 }
        withExtendedLifetime(queue) {}
        return answers.withLock { $0 }
    }

    @Test func `every check within the bound is answered`() async throws {
        #expect(try await statuses(VerificationQueue.limit) == [Int](repeating: 101, count: VerificationQueue.limit))
    }

    @Test func `a check beyond the bound is 503 at once`() async throws {
        let statuses = try await statuses(VerificationQueue.limit + 10)
        #expect(statuses.prefix(10).allSatisfy { $0 == 503 } && statuses.count { $0 == 101 } == VerificationQueue.limit)
    }

    @Test func `a check that takes too long is 503, and its late result is nobody's`() async throws {
        // The clock that the check asks stands still until the answer is given.
        let isAnswered = DispatchSemaphore(value: 0)
        let clock = WallClock {
            isAnswered.wait()
            isAnswered.signal()
            return Vectors.now * 1000
        }
        #expect(try await statuses(1, clock: clock, patience: .milliseconds(20)) { isAnswered.signal() } == [503])
    }

    @Test func `a client that went away hears nothing`() async throws {
        #expect(try await statuses(20, forgetting: true).isEmpty)
    }
}
