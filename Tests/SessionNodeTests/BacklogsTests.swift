import SessionLink
import Testing

@testable import SessionNode

@Suite struct BacklogsTests {
    private let alice = SessionRef(index: 1, generation: 0)
    private let bob = SessionRef(index: 2, generation: 0)

    private func append(_ backlogs: inout Backlogs, _ count: Int, _ byte: UInt8, to session: SessionRef) -> Bool {
        backlogs.append(count, to: session) { bytes in
            for index in bytes.indices { bytes[index] = byte }
        }
    }

    @Test func `gives back what was appended, in order and per session`() {
        var backlogs = Backlogs()
        #expect(
            append(&backlogs, 3, 1, to: alice) && append(&backlogs, 2, 2, to: alice) && append(&backlogs, 4, 9, to: bob)
        )
        #expect(backlogs.byteCount == 9)
        var seen: [UInt8] = []
        let waits = backlogs.drain(alice) { bytes in
            seen = Array(bytes)
            return 3
        }
        #expect(waits && seen == [1, 1, 1, 2, 2] && backlogs.byteCount == 6)
        let rest = backlogs.drain(alice) { bytes in
            seen = Array(bytes)
            return bytes.count
        }
        #expect(!rest && seen == [2, 2])
        #expect(backlogs.sessions == [bob])
        backlogs.remove(bob)
        #expect(backlogs.byteCount == 0 && backlogs.sessions.isEmpty)
    }

    @Test func `a message may be larger than the bound alone, but nothing more is taken behind it`() {
        var backlogs = Backlogs()
        #expect(append(&backlogs, backlogs.bound + 1, 1, to: alice))
        #expect(!append(&backlogs, 1, 2, to: alice))
        #expect(append(&backlogs, 1, 2, to: bob), "another session has its own bound")
        #expect(backlogs.byteCount == backlogs.bound + 2)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `is a queue of bytes, however it is filled and drained`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var backlogs = Backlogs()
        var model: [UInt8] = []
        for step in 0..<2000 {
            if Bool.random(using: &random) {
                let count = Int.random(in: 1...50, using: &random)
                if append(&backlogs, count, UInt8(step % 251), to: alice) {
                    model += Array(repeating: UInt8(step % 251), count: count)
                }
            } else {
                let wanted = Int.random(in: 0...80, using: &random)
                _ = backlogs.drain(alice) { bytes in
                    #expect(Array(bytes) == model, "seed \(seed), step \(step)")
                    let taken = min(wanted, bytes.count)
                    model.removeFirst(taken)
                    return taken
                }
            }
            #expect(backlogs.byteCount == model.count, "seed \(seed), step \(step)")
        }
    }
}
