import Rehoming
import Testing

@testable import RingwayClient

/// A server of `ringway.v1` that sends everything back, on a line that loses what is under way when it breaks.
private struct LossyServer {
    var taken: [Int] = []
    var outbox: [(k: UInt64, n: Int)] = []
    var mark = 0
    var count: UInt64 = 0
    /// Frames on their way to the client.
    var line: [String] = []

    mutating func greet(query: String) {
        line = []
        guard let position = query.split(separator: "=").last.flatMap({ Position($0) }), !query.isEmpty else {
            return line.append(#"{"type":"welcome","session":"s","user":"u","node":"a","resume":"t","position":"1-0"}"#)
        }
        outbox.removeAll { $0.k <= position.k }
        line.append(#"{"type":"resumed","recovered":true,"replayed":\#(outbox.count)}"#)
        for entry in outbox { say(entry) }
        count += 1
        line.append(#"{"type":"home","node":"a","resume":"t","position":"1-\#(count)"}"#)
    }

    private mutating func say(_ entry: (k: UInt64, n: Int)) {
        line.append(
            #"{"type":"message","from":"u","data":\#(entry.n),"position":"1-\#(entry.k)","sender":"s","n":\#(entry.n)}"#
        )
    }

    mutating func hear(_ frame: String, twice: Bool) {
        if frame.contains(#""type":"ack""#) {
            let position = frame.split(separator: "\"").dropLast().last.flatMap { Position($0) }
            return outbox.removeAll { $0.k <= position?.k ?? 0 }
        }
        guard let n = frame.split(separator: #""n":"#).last.flatMap({ Int($0.dropLast()) }) else { return }
        if n > mark {
            mark = n
            taken.append(n)
            for _ in 0..<(twice ? 2 : 1) {
                count += 1
                outbox.append((count, n))
                say((count, n))
            }
        }
        line.append(#"{"type":"result","id":"\#(n)","status":"accepted"}"#)
        line.append(#"{"type":"result","id":"\#(n)","status":"delivered"}"#)
    }
}

@Suite("A client's session on a line that breaks")
struct LossyLineTests {
    @Test(
        "each message comes once and in order, and its result too", arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func once(seed: UInt64) {
        for round in 0..<20 {
            var random = Generator(state: seed &+ UInt64(round))
            var server = LossyServer()
            // Short waits: what is a minute old would not be sent again.
            var bounds = ClientBounds()
            bounds.cap = .milliseconds(10)
            var scene = Scene(bounds: bounds)
            var heard = 0
            var greeted = 0
            var sent = 0
            for step in 0..<2000 {
                if greeted < scene.connects.count {
                    greeted = scene.connects.count
                    heard = scene.written.count
                    scene.now += scene.connects[greeted - 1].after
                    server.greet(query: scene.connects[greeted - 1].query)
                }
                switch UInt64.random(in: 0..<100, using: &random) {
                case 0..<15 where sent < 100: sent = Int(scene.send("0"))
                case 15..<50 where heard < scene.written.count:
                    server.hear(scene.written[heard], twice: random.next() % 4 == 0)
                    heard += 1
                case 50..<90 where !server.line.isEmpty: scene.hear(server.line.removeFirst())
                case 90..<96: scene.flush()
                case 96..<99 where step < 1500: scene.end()
                default: break
                }
            }
            for _ in 0..<10_000 where heard < scene.written.count || !server.line.isEmpty {
                if heard < scene.written.count { server.hear(scene.written[heard], twice: false) }
                heard = min(heard + 1, scene.written.count)
                if !server.line.isEmpty { scene.hear(server.line.removeFirst()) }
            }
            let wanted = (1...max(1, sent)).map { "\($0)" }
            #expect(server.taken.map { "\($0)" } == wanted, "seed \(seed), round \(round)")
            #expect(scene.got == wanted, "seed \(seed), round \(round)")
            let last = scene.results.filter { !$0.hasSuffix("accepted") }
            #expect(Set(last) == Set(wanted.map { "\($0) delivered" }), "seed \(seed), round \(round)")
            #expect(last.count == sent && scene.connects.count > 10, "seed \(seed), round \(round)")
        }
    }

    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
