import CLinux
import Glibc
import Reactor
import Testing

final class Counts: Sendable {
    private let numbers = Locked([[Int]](repeating: [], count: 8))
    var all: [[Int]] { numbers.withLock { $0 } }
    func add(_ number: Int, from sender: Int) { numbers.withLock { $0[sender].append(number) } }
}

@Suite struct LoopTests {
    @Test func timersFireInOrderNeverEarlyAndACancelledOneNever() async throws {
        try await withLoops { loops in
            let log = Log()
            let started = clinux_monotonic_nanoseconds()
            _ = try await loops.loops[0].run { loop in
                let handler = loop.register(Recorder(log))
                loop.schedule(after: .milliseconds(60), handler: handler, key: 60)
                loop.schedule(after: .milliseconds(20), handler: handler, key: 20)
                loop.after(.milliseconds(40)) { _ in log.add(.note("40")) }
                let cancelled = loop.after(.milliseconds(30)) { _ in log.add(.note("30")) }
                loop.cancel(cancelled)
            }
            let seen = try await log.wait("three timers") { $0.count == 3 }
            #expect(seen == [.timer(20), .note("40"), .timer(60)])
            #expect(clinux_monotonic_nanoseconds() - started >= 60_000_000)
        }
    }

    @Test func aTimerBeyondTheWheelsTurnWaitsForItsOwn() async throws {
        try await withLoops { loops in
            let log = Log()
            _ = try await loops.loops[0].run { loop in
                let handler = loop.register(Recorder(log))
                // 4,096 buckets of 4 ms are 16,384 ms: this one lands in the bucket of "20 ms from now".
                loop.schedule(after: .milliseconds(16_384 + 20), handler: handler, key: 1)
                loop.schedule(after: .milliseconds(80), handler: handler, key: 2)
            }
            #expect(try await log.wait("the near one") { !$0.isEmpty } == [.timer(2)])
        }
    }

    @Test func postsFromManyThreadsAllRunAndKeepEachSendersOrder() async throws {
        try await withLoops { loops in
            let counts = Counts()
            let loop = loops.loops[0]
            await withTaskGroup(of: Void.self) { group in
                for sender in 0..<8 {
                    group.addTask {
                        for number in 0..<2_000 {
                            loop.post { _ in counts.add(number, from: sender) }
                        }
                    }
                }
            }
            _ = try await loop.run { _ in true }
            #expect(counts.all == [[Int]](repeating: Array(0..<2_000), count: 8))
        }
    }

    @Test func aStoppedLoopRefusesWorkAndDropsNothingThatItTook() async throws {
        let group = LoopGroup(count: 1, name: "stop")
        let ran = Counts()
        let handle = group.loops[0]
        let poster = Task.detached {
            var taken = 0
            for number in 0..<20_000 where handle.post({ _ in ran.add(number, from: 0) }) { taken += 1 }
            return taken
        }
        group.stop()
        let taken = await poster.value
        #expect(ran.all[0].count == taken)
        #expect(!handle.post { _ in })
        await #expect(throws: ReactorError.stopped) { try await handle.run { _ in 1 } }
    }

    @Test func aSocketMovesToAnotherLoopWithTheBytesThatNobodyUsedUp() async throws {
        try await withLoops(2) { try await moveToAnotherLoop($0) }
    }

    @Test func twoLoopsListenOnOnePort() async throws {
        try await withLoops(2) { loops in
            let log = Log(), client = Log()
            let ports = try await withThrowingTaskGroup(of: SocketAddress.self) { _ in
                let first = try await loops.loops[0].run { loop in
                    Result {
                        try loop.listen(
                            on: SocketAddress(host: "127.0.0.1", port: 0), handler: loop.register(Recorder(log)),
                            reusePort: true)
                    }
                }.get()
                let second = try await loops.loops[1].run { loop in
                    Result { try loop.listen(on: first, handler: loop.register(Recorder(log)), reusePort: true) }
                }.get()
                return [first, second]
            }
            #expect(ports[0] == ports[1])
            for _ in 0..<20 { try await connection(loops.loops[0], to: ports[0], client) }
            try await log.wait("twenty connections") { $0.filter(\.isAccepted).count == 20 }
        }
    }
}
