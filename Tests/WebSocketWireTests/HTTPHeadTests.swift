import Testing

@testable import WebSocketWire

@Suite("Reading heads")
struct HTTPHeadTests {
    static let right = Request()

    @Test(arguments: [
        right.text.replacing("Upgrade: websocket\r\n", with: "Upgrade: websocket\r\n folded\r\n"),
        right.text.replacing("Upgrade: websocket\r\n", with: "Upgrade: websocket\r\n\tfolded\r\n"),
        right.text.replacing("Upgrade:", with: "Upgrade :"), right.text.replacing("Upgrade:", with: "Upgrade\t:"),
        right.text.replacing("Upgrade: websocket", with: "Upgrade"), right.text.replacing("Upgrade:", with: ":"),
        right.text.replacing("Upgrade:", with: "Upgr(de:"), right.text.replacing("\r\n", with: "\n"),
        right.text.replacing("websocket\r\n", with: "websocket\n"),
        right.text.replacing("websocket", with: "web\rsocket"),
        right.text.replacing("websocket", with: "web\0socket"), right.text.replacing("/chat", with: "/ch\0at"),
        right.text.replacing("websocket", with: "web\u{7f}socket"), right.text.replacing("alice", with: "al\u{1b}ice"),
        right.text.replacing("HTTP/1.1\r\n", with: "HTTP/1.1\r\r\n"), "\u{16}\u{3}\u{1}\u{2}", "\n" + right.text,
        "\r\n\r\n" + right.text, " " + right.text,
    ])
    func `Bytes that could hide a request in another get 400`(text: String) {
        #expect(outcome(Array(text.utf8)).status == 400)
        #expect(outcomeByteByByte(Array(text.utf8)).status == 400)
    }

    @Test(
        arguments: [
            ("websocket\r\n\tfolded", .foldedField), ("websocket\r\n folded", .foldedField),
            ("web\rsocket", .bareCarriageReturn), ("websocket\r", .bareCarriageReturn),
            ("a\r\rb: c", .bareCarriageReturn),
            ("websocket\nA: b", .bareLineFeed), ("web\0socket", .controlByte), ("websocket\r\nA b: c", .malformedField),
        ] as [(String, HeadError)])
    func `The answer names what is wrong`(value: String, error: HeadError) {
        let text = Self.right.text.replacing("websocket", with: value)
        #expect(outcome(Array(text.utf8)) == .refused(error.refusal))
    }

    @Test func `One empty line before the request is ignored`() {
        #expect(outcome(Array(("\r\n" + Self.right.text).utf8)) == .upgrade(consumed: Self.right.text.utf8.count + 2))
    }

    @Test func `Bytes of a value beyond ASCII are kept`() throws {
        let text = "GET / HTTP/1.1\r\nX-Name: jürgen \r\n\r\n"
        let head = try #require(readHead(text))
        #expect(head.fields.first("x-name") == "jürgen")
        #expect(head.fields.lookup("X-NAME") == .one(Array("jürgen".utf8)))
    }

    @Test func `A head of exactly the limits is read, one byte more gets 431`() {
        let limits = HeadLimits()
        let bare = Self.right.text.utf8.count
        func padded(to count: Int) -> [UInt8] {
            let room = count - bare - 2 * "P: \r\n".utf8.count
            let first = String(repeating: "a", count: room / 2)
            let second = String(repeating: "a", count: room - room / 2)
            return Array(Self.right.adding("P: \(first)").adding("P: \(second)").text.utf8)
        }
        let largest = padded(to: limits.maxHeadBytes)
        #expect(largest.count == limits.maxHeadBytes)
        #expect(outcome(largest) == .upgrade(consumed: largest.count))
        #expect(outcome(padded(to: limits.maxHeadBytes + 1)).status == 431)
        #expect(outcome(Array(largest.dropLast())) == .needMore)
        let endless = Array("GET /".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: limits.maxHeadBytes)
        #expect(outcome(endless).status == 431)
    }

    @Test func `A field of exactly 8 KiB is read, one byte more gets 431 before its end`() {
        func field(_ count: Int) -> String { "A: " + String(repeating: "b", count: count - 3) }
        #expect(outcome(Self.right.adding(field(8192))).status == nil)
        #expect(outcome(Self.right.adding(field(8193))).status == 431)
        let unfinished = Self.right.text.dropLast(2) + field(8193)
        #expect(outcome(Array(unfinished.utf8)).status == 431)
    }

    @Test func `64 fields are read, 65 get 431`() {
        let full = Self.right.with { request in
            request.fields += (0..<(64 - request.fields.count)).map { "X-\($0): y" }
        }
        #expect(outcome(full).status == nil)
        #expect(outcome(full.adding("X: y")).status == 431)
    }

    @Test func `Bytes behind the head are not touched`() {
        let bytes = Array(Self.right.text.utf8)
        #expect(outcome(bytes + [0x81, 0, 0, 0]) == .upgrade(consumed: bytes.count))
    }

    @Test func `However a head is split over reads, the answer is the same`() {
        let texts = [
            Self.right.text, Self.right.text + "\0\n", Self.right.without("Host").text, "GET / HTTP/1.0\r\n\r\n",
            Self.right.text.replacing("websocket\r\n", with: "websocket\n"), "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            Self.right.adding("P: " + String(repeating: "x", count: 9000) + "\0").text, "POST / HTTP/1.1\r\n\r\n",
        ]
        for text in texts {
            let whole = outcome(Array(text.utf8))
            #expect(outcomeByteByByte(Array(text.utf8)) == whole, "\(text.prefix(60))")
        }
    }

    @Test func `Lookups compare names without case and see repetition`() throws {
        let head = try #require(readHead("GET / HTTP/1.1\r\nA: 1\r\na: 2\r\nB: x, Y ,,z\r\nConnection: Close\r\n\r\n"))
        #expect(head.fields.count == 4)
        #expect(head.fields.lookup("a") == .repeated)
        #expect(head.fields.lookup("b") == .one(Array("x, Y ,,z".utf8)))
        #expect(head.fields.lookup("c") == .absent)
        #expect(head.fields.first("A") == "1")
        #expect(head.fields.list("b", contains: "y"))
        #expect(!head.fields.list("b", contains: "x, y"))
        #expect(!head.fields.list("b", contains: ""))
        #expect(head.wantsClose)
        #expect(head.fields.name(at: 1) == "a")
        #expect(head.method == "GET")
    }
}
