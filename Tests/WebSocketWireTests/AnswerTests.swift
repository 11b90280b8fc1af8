import Testing

@testable import WebSocketWire

@Suite("Answers")
struct AnswerTests {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `A refusal is one JSON line and ends the connection`() {
        let refusal = HTTPRefusal(
            status: 503, code: "no_owner", message: "no \"node\"\nis\u{1}up\\", headers: [HTTPField("Retry-After", "1")]
        )
        let body = #"{"error":{"code":"no_owner","message":"no \"node\"\nis\u0001up\\"}}"# + "\n"
        #expect(
            text(refusal.bytes)
                == "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n" + body)
    }

    @Test func `Refusals carry the fields their status asks for`() {
        #expect(HTTPRefusal.noOwner(retryAfter: 2).headers == [HTTPField("Retry-After", "2")])
        #expect(HTTPRefusal.shuttingDown(retryAfter: 3).headers == [HTTPField("Retry-After", "3")])
        #expect(HTTPRefusal.overloaded("full", retryAfter: 1).status == 503)
        #expect(HTTPRefusal.unauthorized("no token").headers == [HTTPField("WWW-Authenticate", "Bearer")])
        let statuses = [
            HTTPRefusal.forbidden("x").status, HTTPRefusal.notFound("x").status, HTTPRefusal.requestTimeout.status,
            HTTPRefusal.ownerUnreachable.status, HTTPRefusal.ownerTooSlow.status,
        ]
        #expect(statuses == [403, 404, 408, 502, 504])
    }

    @Test func `Every error of a head has a status and a sentence`() {
        for error in HeadError.allCases {
            #expect([400, 431, 505].contains(error.refusal.status))
            #expect(!error.refusal.message.isEmpty)
        }
    }

    @Test func `A plain answer keeps the connection or says that it ends`() {
        let answer = PlainAnswer(status: 200, json: "{}")
        let start = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        #expect(text(answer.bytes(keepAlive: true)) == start + "\r\n{}")
        #expect(text(answer.bytes(keepAlive: false)) == start + "Connection: close\r\n\r\n{}")
    }

    @Test func `No field value can start a line`() {
        let answer = PlainAnswer(status: 200, headers: [HTTPField("A\r\n", "b\r\nC: d\0")], body: [])
        #expect(text(answer.bytes(keepAlive: true)).hasPrefix("HTTP/1.1 200 OK\r\nA  : b  C: d \r\nContent-Type"))
    }
}
