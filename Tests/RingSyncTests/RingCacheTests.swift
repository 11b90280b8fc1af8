import ClusterModel
import Dispatch
import Foundation
import HashRing
import Reactor
import Testing

@testable import RingSync

@Suite struct RingCacheTests {
    @Test("Only a higher epoch of its own service is adopted; all else is counted and changes nothing")
    func adoption() throws {
        let cache = RingCache(service: try Rings.service())
        #expect(cache.current == nil)
        #expect(cache.age == nil)
        let five = try Rings.snapshot(5, "a", "b")
        #expect(cache.adopt(five) == .adopted)
        #expect(cache.adopt(five) == .same)
        #expect(cache.adopt(try Rings.snapshot(4, "a")) == .refused(.lower(five.epoch.lower(by: 1))))
        #expect(cache.adopt(try Rings.snapshot(5, "a")) == .refused(.conflict(five.epoch)))
        #expect(
            cache.adopt(try Rings.snapshot(9, "a", service: "game"))
                == .refused(.otherService(try Rings.service("game"))))
        #expect(cache.current === five)
        #expect(cache.refusals == ["lower_epoch": 1, "conflict": 1, "service": 1])
        #expect(cache.adopt(try Rings.snapshot(7, "a")) == .adopted)
        #expect(cache.current?.epoch.value == 7)
        #expect(cache.age != nil)
    }

    @Test("Observers hear the current ring at once and every later one in order, no refused one")
    func observers() throws {
        let cache = RingCache(service: try Rings.service())
        let heard = Locked<[UInt64]>([])
        cache.adopt(try Rings.snapshot(1, "a"))
        cache.observe { snapshot in heard.withLock { $0.append(snapshot.epoch.value) } }
        cache.adopt(try Rings.snapshot(3, "a"))
        cache.adopt(try Rings.snapshot(2, "a"))
        cache.adopt(try Rings.snapshot(4, "a"))
        cache.endObserving()
        cache.adopt(try Rings.snapshot(5, "a"))
        #expect(heard.withLock { $0 } == [1, 3, 4])
    }

    @Test("A reader follows each swap at its next question, and holds what it has while the lock is taken")
    func reader() throws {
        let cache = RingCache(service: try Rings.service())
        var reader = RingReader(cache)
        #expect(reader.snapshot() == nil)
        cache.adopt(try Rings.snapshot(1, "a"))
        #expect(reader.snapshot()?.epoch.value == 1)
        cache.adopt(try Rings.snapshot(2, "a"))
        #expect(reader.snapshot()?.epoch.value == 2)
        var late = RingReader(cache)
        #expect(late.snapshot()?.epoch.value == 2)
    }

    @Test("Once the first ring is swapped in no reader says that there is none, though the lock is taken just then")
    func firstRing() async throws {
        let first = try Rings.snapshot(1, "a")
        let blind = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Self.blindReaders(first, among: 500)) }
        }
        #expect(blind == 0)
    }

    /// How many readers saw no ring after the first swap, while another thread took the lock again and again.
    private static func blindReaders(_ first: RingSnapshot, among count: Int) -> Int {
        var blind = 0
        for _ in 0..<count {
            let cache = RingCache(service: first.service)
            var reader = RingReader(cache)
            Thread.detachNewThread {
                cache.adopt(first)
                for _ in 0..<1_000 { _ = cache.current }
            }
            while cache.swapCount == 0 {}
            if reader.snapshot() == nil { blind += 1 }
        }
        return blind
    }
}

extension Epoch {
    func lower(by count: UInt64) -> Epoch { Epoch(value - count) ?? .first }
}
