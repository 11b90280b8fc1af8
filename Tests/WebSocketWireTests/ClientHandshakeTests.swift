import Testing

@testable import WebSocketWire

@Suite("The client's handshake")
struct ClientHandshakeTests {
    func response(_ text: String) throws -> HTTPResponseHead {
        let reading = Array(text.utf8).withUnsafeBytes { HTTPResponseHead.parse($0) }
        guard case .head(let head, let consumed) = reading else { throw HeadError.malformedStartLine }
        #expect(consumed == text.utf8.count)
        return head
    }

    @Test func `Our client and our server understand each other`() throws {
        let client = try ClientHandshake(
            host: "127.0.0.1:7000", target: "/chat?user=alice", subprotocols: ["ringway.v1"],
            headers: [HTTPField("Origin", "http://a")])
        guard case .head(let head, let consumed) = client.request.withUnsafeBytes({ HTTPHead.parse($0) }),
            case .upgrade(let request) = UpgradeRequest.check(head)
        else {
            Issue.record("the server does not understand the request")
            return
        }
        #expect(consumed == client.request.count)
        #expect(request.target == "/chat?user=alice")
        #expect(request.origin == "http://a")
        let answer = String(decoding: request.answer(subprotocol: "ringway.v1"), as: UTF8.self)
        #expect(try client.check(response(answer)) == "ringway.v1")
        let other = try ClientHandshake(host: "h", target: "/")
        #expect(throws: ClientHandshake.Failure.wrong(field: "Sec-WebSocket-Accept")) {
            try other.check(response(answer))
        }
    }

    @Test func `Two requests have two keys`() throws {
        let first = try ClientHandshake(host: "h", target: "/")
        let second = try ClientHandshake(host: "h", target: "/")
        #expect(first.request != second.request)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", "", ClientHandshake.Failure.refused(status: 200)),
        ("HTTP/1.1 101", "Upgrade: h2c\r\nConnection: Upgrade\r\n", .wrong(field: "Upgrade")),
        ("HTTP/1.1 101 X", "Upgrade: websocket\r\n", .wrong(field: "Connection")),
        ("HTTP/1.1 101 X", "Upgrade: websocket\r\nConnection: Upgrade\r\n", .wrong(field: "Sec-WebSocket-Accept")),
        ("HTTP/1.1 101 X", right + accept, .wrong(field: "Sec-WebSocket-Accept")),
        ("HTTP/1.1 101 X", right + "Sec-WebSocket-Protocol: b\r\n", .notOffered(field: "Sec-WebSocket-Protocol")),
        ("HTTP/1.1 101 X", right + "Sec-WebSocket-Extensions: x\r\n", .notOffered(field: "Sec-WebSocket-Extensions")),
    ])
    func `A wrong answer opens nothing`(line: String, fields: String, failure: ClientHandshake.Failure) throws {
        let key = Array("dGhlIHNhbXBsZSBub25jZQ==".utf8)
        let client = ClientHandshake(host: "h", target: "/", subprotocols: ["a"], headers: [], key: key)
        let head = try response("\(line)\r\n\(fields)\r\n")
        #expect(throws: failure) { try client.check(head) }
    }

    static let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    static let right = "Upgrade: websocket\r\nConnection: Upgrade\r\n" + accept

    @Test(arguments: [
        "HTTP/1.1 99 X", "HTTP/1.1 6000", "HTTP/1.1  101 X", "HTTP/1.1", "HTTP/1.1 1x1 X", "HTTP/1.1 600 X", "SSH-2.0",
    ])
    func `A malformed status line is an error`(line: String) {
        guard
            case .bad(.malformedStartLine) = Array("\(line)\r\n\r\n".utf8).withUnsafeBytes({
                HTTPResponseHead.parse($0)
            })
        else {
            Issue.record("read as a response: \(line)")
            return
        }
    }
}
