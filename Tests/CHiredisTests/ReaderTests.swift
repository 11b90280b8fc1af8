import CHiredis
import Testing

@Suite struct ReaderTests {
    @Test("Every RESP2 type arrives as itself, also empty and null ones")
    func types() throws {
        let reader = try TestReader()
        #expect(try reader.replies("+OK\r\n") == [.simple("OK")])
        #expect(try reader.replies("-ERR no\r\n") == [.error("ERR no")])
        #expect(try reader.replies(":-42\r\n") == [.integer(-42)])
        #expect(try reader.replies("$3\r\na\0b\r\n") == [.bulk([97, 0, 98])])
        #expect(try reader.replies("$0\r\n\r\n") == [.bulk([])])
        #expect(try reader.replies("+\r\n") == [.simple("")])
        #expect(try reader.replies("$-1\r\n*-1\r\n") == [.null, .null])
        #expect(try reader.replies("*0\r\n") == [.array([])])
    }

    @Test("An empty text is the first thing a reader may see")
    func emptyFirst() throws {
        #expect(try TestReader().replies("$0\r\n\r\n") == [.bulk([])])
    }

    @Test("Arrays keep their shape, also nested and with nulls inside")
    func arrays() throws {
        let reader = try TestReader()
        let text = "*4\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n*-1\r\n+z\r\n"
        #expect(
            try reader.replies(text)
                == [.array([.integer(1), .array([.bulk([97]), .array([])]), .null, .simple("z")])])
    }

    @Test("A reply cut at any byte waits for the rest and comes out whole")
    func truncation() throws {
        let text = Array("*3\r\n$5\r\nhello\r\n*2\r\n:12\r\n$-1\r\n-bad\r\n+next\r\n".utf8)
        let whole: Reply = .array([.bulk(Array("hello".utf8)), .array([.integer(12), .null]), .error("bad")])
        for cut in 0...text.count {
            let reader = try TestReader()
            var replies: [Reply] = []
            for part in [text[..<cut], text[cut...]] {
                try reader.feed(part)
                while let reply = try reader.next() { replies.append(reply) }
            }
            #expect(replies == [whole, .simple("next")], "cut at \(cut)")
        }
    }

    @Test("Byte by byte is as good as all at once")
    func byteByByte() throws {
        let reader = try TestReader()
        var replies: [Reply] = []
        for byte in "*2\r\n$2\r\nab\r\n*1\r\n:7\r\n".utf8 {
            try reader.feed([byte])
            while let reply = try reader.next() { replies.append(reply) }
        }
        #expect(replies == [.array([.bulk([97, 98]), .array([.integer(7)])])])
    }

    @Test(
        "What is not RESP2 fails the reader for good, with a reason",
        arguments: [
            "hello\r\n", "!x\r\n", "*x\r\n", "$x\r\n", ":12a\r\n", ":\r\n", "$-2\r\n", "*-2\r\n",
            "*99999999999999999999\r\n",
            "$99999999999999999999\r\n", "#t\r\n", ",1.5\r\n", "%1\r\n+a\r\n+b\r\n", "~1\r\n+a\r\n",
            ">1\r\n+a\r\n",
            "=5\r\ntxt:a\r\n", "(123\r\n",
        ])
    func notRESP(_ text: String) throws {
        let reader = try TestReader()
        #expect(throws: TestReader.Failure.self) { try reader.replies(text) }
        let first = reader.error
        #expect(!first.isEmpty)
        #expect(throws: TestReader.Failure(reason: first), "the error is sticky") { try reader.replies("+OK\r\n") }
        #expect(throws: TestReader.Failure(reason: first)) { _ = try reader.next() }
    }

    @Test("Eight arrays in each other are read, nine are refused")
    func depth() throws {
        func nested(_ depth: Int) -> String { String(repeating: "*1\r\n", count: depth) + ":1\r\n" }
        var expected: Reply = .integer(1)
        for _ in 0..<8 { expected = .array([expected]) }
        #expect(try TestReader().replies(nested(8)) == [expected])
        #expect(throws: TestReader.Failure.self) { try TestReader().replies(nested(9)) }
        #expect(throws: TestReader.Failure.self) { try TestReader().replies(nested(5000)) }
    }

    @Test("A reply up to the limit is read, one over it is refused whether it is one text or many elements")
    func limits() throws {
        let limit = 10_000
        func bulk(_ count: Int) -> String { "$\(count)\r\n" + String(repeating: "x", count: count) + "\r\n" }
        #expect(try TestReader(limit: limit).replies(bulk(limit - 40)).count == 1)
        #expect(throws: TestReader.Failure.self) { try TestReader(limit: limit).replies(bulk(limit - 39)) }
        let many = "*249\r\n" + String(repeating: ":1\r\n", count: 249)
        #expect(try TestReader(limit: limit).replies(many).count == 1)
        let more = "*250\r\n" + String(repeating: ":1\r\n", count: 250)
        #expect(throws: TestReader.Failure.self) { try TestReader(limit: limit).replies(more) }
    }

    @Test("A huge announced length costs nothing: an array is refused at once, a text when its bytes pass the limit")
    func announced() throws {
        #expect(throws: TestReader.Failure.self) { try TestReader().replies("*2147483647\r\n") }
        let reader = try TestReader(limit: 10_000)
        #expect(try reader.replies("$8000000000\r\n").isEmpty)
        var fed = 0
        #expect(throws: TestReader.Failure.self) {
            while fed < 100_000 {
                fed += 1000
                _ = try reader.replies(String(repeating: "x", count: 1000))
            }
        }
        #expect(fed <= 11_000)
    }

    @Test("The limit is per reply: any number of replies may follow each other")
    func perReply() throws {
        let reader = try TestReader(limit: 1000)
        for _ in 0..<1000 {
            #expect(try reader.replies("$500\r\n" + String(repeating: "y", count: 500) + "\r\n").count == 1)
        }
    }

    @Test("Random and mutated bytes never bring the reader down")
    func random() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix(state: seed)
        let alphabet = Array("*$:+-\r\n0123456789\r\n\r\n$-1*3_#%>x\0".utf8)
        let sample = Array("*3\r\n$5\r\nhello\r\n*2\r\n:12\r\n$-1\r\n-bad\r\n+next\r\n".utf8)
        var replies = 0
        for round in 0..<20_000 {
            let reader = try TestReader(limit: 2000)
            var bytes: [UInt8]
            if round.isMultiple(of: 2) {
                bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                }
            } else {
                bytes = sample
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
                        alphabet[
                            Int.random(in: 0..<alphabet.count, using: &generator)]
                }
            }
            do {
                try reader.feed(bytes)
                while try reader.next() != nil { replies += 1 }
            } catch let failure as TestReader.Failure {
                #expect(!failure.reason.isEmpty, "seed \(seed)")
            }
        }
        #expect(replies > 1000, "seed \(seed)")
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
