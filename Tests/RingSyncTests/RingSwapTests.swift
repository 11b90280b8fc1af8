import ClusterModel
import Foundation
import HashRing
import Reactor
import Synchronization
import TestRedis
import Testing

@testable import RingSync

/// Readers on threads of their own look users up while the ring is swapped a thousand times a second.
@Suite struct RingSwapTests {
    @Test(
        "Under 1,000 swaps a second every look-up is right for one ring that was current, never a mixture, never older")
    func swaps() async throws {
        let rounds = 2000
        let users = try (0..<64).map { try UserKey("user-\($0)") }
        // Each ring differs from the next in nodes and in seed, so a mixture would give wrong owners.
        let snapshots = try (1...UInt64(rounds)).map { (epoch: UInt64) -> RingSnapshot in
            let nodes = epoch.isMultiple(of: 2) ? ["a", "b", "c", "d"] : ["a", "b", "c"]
            return try Rings.snapshot(epoch, nodes, seed: epoch % 7)
        }
        let owners = snapshots.map { snapshot in users.map { snapshot.owner(of: $0)?.id } }
        let cache = RingCache(service: try Rings.service())
        cache.adopt(snapshots[0])
        let board = Board()
        let ended = Events<Int>()
        for number in 0..<4 {
            Thread.detachNewThread {
                board.read(cache, users: users, owners: owners, from: number)
                ended.post(number)
            }
        }
        let clock = ContinuousClock()
        let began = clock.now
        for (index, snapshot) in snapshots.enumerated().dropFirst() {
            try await clock.sleep(until: began + .milliseconds(index), tolerance: .zero)
            board.announced.store(snapshot.epoch.value, ordering: .releasing)
            #expect(cache.adopt(snapshot) == .adopted)
        }
        board.done.store(true, ordering: .releasing)
        #expect(await ended.wait { $0.count == 4 })
        #expect(board.wrong.withLock { Array($0.prefix(5)) } == [])
        #expect(board.lookups.load(ordering: .relaxed) > rounds)
        var reader = RingReader(cache)
        #expect(reader.snapshot()?.epoch.value == UInt64(rounds))
    }

    /// What the threads share.
    private final class Board: Sendable {
        /// The highest epoch that may be seen.
        let announced = Atomic<UInt64>(1)
        let done = Atomic<Bool>(false)
        let lookups = Atomic<Int>(0)
        let wrong = Locked<[String]>([])

        func read(_ cache: RingCache, users: [UserKey], owners: [[NodeID?]], from start: Int) {
            var reader = RingReader(cache)
            var last: UInt64 = 0
            var index = start
            while !done.load(ordering: .acquiring) {
                guard let snapshot = reader.snapshot() else { return report("no ring") }
                let epoch = snapshot.epoch.value
                index = (index + 1) % users.count
                if snapshot.owner(of: users[index])?.id != owners[Int(epoch) - 1][index] {
                    report("epoch \(epoch): wrong owner of user \(index)")
                }
                if epoch < last { report("epoch \(epoch) after \(last)") }
                if epoch > announced.load(ordering: .acquiring) { report("epoch \(epoch) before it was adopted") }
                last = epoch
                lookups.add(1, ordering: .relaxed)
            }
        }

        private func report(_ text: String) { wrong.withLock { $0.append(text) } }
    }
}
