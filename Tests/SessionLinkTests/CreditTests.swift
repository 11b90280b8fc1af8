import Testing

@testable import SessionLink

@Suite("Credit")
struct CreditTests {
    let header = LinkHeader.count

    @Test func `A sender stops when its window is used up and goes on when bytes come back`() {
        var credit = SendCredit()
        credit.sent(payloadCount: Int(Credit.window) - header - 1)
        #expect(credit.maySend)
        credit.sent(payloadCount: 0)
        #expect(!credit.maySend)
        #expect(credit.received(5) == false)
        #expect(credit.received(7) == true)
        #expect(credit.received(1) == false)
        #expect(credit.maySend)
    }

    @Test func `A message larger than the window passes in chunks, as bytes come back`() throws {
        var sender = SendCredit()
        var receiver = ReceiveCredit()
        var left = 1 << 20
        var stops = 0
        while left > 0 {
            guard sender.maySend else {
                Issue.record("the sender stopped for good with \(left) bytes left")
                return
            }
            var underWay: [Int] = []
            while sender.maySend, left > 0 {
                underWay.append(min(left, LinkChunk.size))
                sender.sent(payloadCount: min(left, LinkChunk.size))
                left -= underWay[underWay.count - 1]
            }
            stops += 1
            for count in underWay { try receiver.received(payloadCount: count) }
            for count in underWay { _ = sender.received(receiver.usedUp(payloadCount: count)) }
        }
        #expect(stops == 5, "four chunks of a quarter window at once")
    }

    @Test func `Bytes are given back a quarter window at a time`() throws {
        var receiver = ReceiveCredit()
        let piece = Int(Credit.giveBackAt) / 2 - header
        try receiver.received(payloadCount: piece)
        try receiver.received(payloadCount: piece)
        #expect(receiver.usedUp(payloadCount: piece) == 0)
        #expect(receiver.usedUp(payloadCount: piece) == Credit.giveBackAt)
        #expect(receiver.usedUp(payloadCount: piece) == 0)
    }

    @Test func `A peer that sends without credit is caught, also with empty messages`() {
        var receiver = ReceiveCredit()
        var taken = 0
        #expect(throws: LinkError.overspentCredit) {
            for _ in 0..<100_000 {
                try receiver.received(payloadCount: 0)
                taken += 1
            }
        }
        #expect(taken == (Int(Credit.window) + header - 1) / header)
    }

    @Test func `No claim of a peer gives more than a window`() {
        var credit = SendCredit(.max)
        #expect(credit.received(.max) == false)
        credit.sent(payloadCount: Int(Credit.window) - header)
        #expect(!credit.maySend)
    }

    @Test func `An honest pair never deadlocks and never overspends`() throws {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var sender = SendCredit()
            var receiver = ReceiveCredit()
            var onTheWay: [Int] = []
            var kept: [Int] = []
            var credits: [UInt32] = []
            for _ in 0..<2000 {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0 where sender.maySend:
                    let count = Int.random(in: 0...100_000, using: &generator)
                    sender.sent(payloadCount: count)
                    onTheWay.append(count)
                case 1 where !onTheWay.isEmpty:
                    let count = onTheWay.removeFirst()
                    try receiver.received(payloadCount: count)
                    kept.append(count)
                case 2 where !kept.isEmpty:
                    let back = receiver.usedUp(payloadCount: kept.removeFirst())
                    if back > 0 { credits.append(back) }
                case 3 where !credits.isEmpty: _ = sender.received(credits.removeFirst())
                default: continue
                }
            }
            for count in onTheWay {
                try receiver.received(payloadCount: count)
                kept.append(count)
            }
            for count in kept { credits.append(receiver.usedUp(payloadCount: count)) }
            for back in credits { _ = sender.received(back) }
            #expect(sender.maySend, "seed \(seed)")
        }
    }
}
