import Testing

@testable import Rehoming

@Suite struct UpstreamWindowTests {
    private func append(_ window: inout UpstreamWindow, _ bytes: [UInt8], isText: Bool = false) -> UInt64? {
        bytes.withUnsafeBytes { window.append($0, isText: isText, maxMessages: 256, maxBytes: 1 << 20) }
    }

    private func replay(_ window: inout UpstreamWindow) -> [UInt64: [UInt8]] {
        var all: [UInt64: [UInt8]] = [:]
        window.replay { n, _, _, bytes in all[n] = bytes }
        return all
    }

    @Test func messagesComeBackInOrderAndMarkedIfTheyWereSent() {
        var window = UpstreamWindow()
        #expect(append(&window, [1], isText: true) == 1)
        #expect(append(&window, []) == 2)
        #expect(append(&window, [3, 3]) == 3)
        window.sent(through: 2)
        var seen: [String] = []
        window.replay { seen.append("\($0) \($1) \($2) \($3)") }
        #expect(seen == ["1 true true [1]", "2 true false []", "3 false false [3, 3]"])
        #expect(window.sentThrough == 3)
    }

    @Test func whatWasTakenOutOfOrderIsNotReplayed() {
        var window = UpstreamWindow()
        for byte in 1...5 { _ = append(&window, [UInt8(byte)]) }
        window.sent(through: 5)
        window.take(through: 1, also: [5, 3])
        #expect(replay(&window) == [2: [2], 4: [4]])
        #expect(window.count == 2)
        #expect(window.bytes == 2)
        window.take(through: 4, also: [])
        #expect(window.isEmpty)
        #expect(window.capacity == 0)
    }

    @Test func numbersThatWereNeverSentAreNotBelieved() {
        var window = UpstreamWindow()
        for byte in 1...3 { _ = append(&window, [UInt8(byte)]) }
        window.sent(through: 1)
        window.take(through: 99, also: [3])
        #expect(replay(&window) == [2: [2], 3: [3]])
    }

    @Test func holesCountForNoBoundAndAreGivenBack() {
        var window = UpstreamWindow()
        _ = append(&window, [0])
        let message = [UInt8](repeating: 7, count: 1000)
        for n in 2...2000 {
            #expect(append(&window, message) == UInt64(n))
            window.sent(through: UInt64(n))
            window.take(through: 0, also: [UInt64(n)])
        }
        #expect(window.count == 1)
        #expect(window.capacity <= 8192)
        #expect(replay(&window) == [1: [0]])
    }

    @Test func theRingShrinksWhenAHugeMessageIsGone() {
        var window = UpstreamWindow()
        _ = append(&window, [UInt8](repeating: 1, count: 900_000))
        _ = append(&window, [2])
        window.sent(through: 2)
        #expect(window.capacity >= 900_000)
        window.take(through: 1, also: [])
        #expect(window.capacity <= 4096)
        #expect(replay(&window) == [2: [2]])
    }

    @Test func boundsHold() {
        var window = UpstreamWindow()
        let two = [UInt8](repeating: 0, count: 2)
        func put() -> UInt64? { two.withUnsafeBytes { window.append($0, isText: false, maxMessages: 3, maxBytes: 5) } }
        #expect(put() == 1)
        #expect(put() == 2)
        #expect(put() == nil)
        #expect(window.nextNumber == 3)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>) func itAgreesWithAPlainList(_ seed: UInt64) {
        var random = Steps(state: seed)
        var window = UpstreamWindow()
        var model: [(n: UInt64, bytes: [UInt8])] = []
        var sent: UInt64 = 0
        for _ in 0..<400 {
            switch random.next() % 8 {
            case 0...3:
                let length = Int(random.next() % (random.next() % 20 == 0 ? 3000 : 60))
                let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &+ Int(seed)) }
                if let n = append(&window, bytes) { model.append((n, bytes)) }
            case 4:
                sent = window.nextNumber - 1
                window.sent(through: sent)
            case 5:
                let through = random.next() % window.nextNumber
                window.take(through: through, also: [])
                model.removeAll { $0.n <= min(through, sent) }
            default:
                let also = (0..<random.next() % 4).map { _ in random.next() % window.nextNumber }
                window.take(through: 0, also: also)
                model.removeAll { $0.n <= sent && also.contains($0.n) }
            }
            #expect(window.count == model.count, "seed \(seed)")
            #expect(window.bytes == model.reduce(0) { $0 + $1.bytes.count }, "seed \(seed)")
        }
        var replayed: [UInt64] = []
        window.replay { n, isAgain, _, bytes in
            #expect(bytes == model[replayed.count].bytes, "seed \(seed)")
            #expect(isAgain == (n <= sent), "seed \(seed)")
            replayed.append(n)
        }
        #expect(replayed == model.map(\.n), "seed \(seed)")
    }
}

/// SplitMix64.
struct Steps {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
