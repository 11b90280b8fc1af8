import Foundation
import Testing

@testable import Operations

/// A listening socket on which one scripted conversation takes place; the far end of ``HTTPCall`` without a server.
private final class OneAnswer: Sendable {
    let port: Int
    private let listener: Int32

    init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, raw, &length) == 0
            }
        }
        precondition(bound, "no port on 127.0.0.1")
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(listener) }

    /// Takes one connection, reads the request's head, sends `pieces`, and closes unless told to keep it open.
    func serve(_ pieces: [[UInt8]], thenClose: Bool = true) {
        Thread.detachNewThread { [self] in
            let connection = accept(listener, nil, nil)
            var chunk = [UInt8](repeating: 0, count: 65536)
            _ = read(connection, &chunk, chunk.count)
            // The caller may hang up on us; without the flag that would end the process.
            for piece in pieces where send(connection, piece, piece.count, Int32(MSG_NOSIGNAL)) < 0 { break }
            if thenClose {
                close(connection)
            } else {
                while read(connection, &chunk, chunk.count) > 0 {}
                close(connection)
            }
        }
    }

    func call(deadline: Duration = .seconds(20)) async -> Result<HTTPAnswer, HTTPCallError> {
        do throws(HTTPCallError) {
            return .success(try await HTTPCall.send("GET", HTTPURL("http://127.0.0.1:\(port)/x"), deadline: deadline))
        } catch {
            return .failure(error)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct HTTPCallTests {
    @Test func `an answer in pieces comes back whole`() async throws {
        let far = OneAnswer()
        far.serve(["HTTP/1.1 409 Confl", "ict\r\nContent-Length: 5\r\nA: b\r\n\r\nhe", "llo"].map { Array($0.utf8) })
        let answer = try await far.call().get()
        #expect(answer.status == 409 && answer.text == "hello")
        #expect(answer.headers.contains { $0.name == "A" && $0.value == "b" })
    }

    @Test func `an answer that ends with the connection is whole`() async throws {
        let far = OneAnswer()
        far.serve([Array("HTTP/1.1 200 OK\r\n\r\nuntil the end".utf8)])
        #expect(try await far.call().get().text == "until the end")
    }

    @Test func `an answer that breaks off is not an answer`() async {
        let far = OneAnswer()
        far.serve([Array("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello".utf8)])
        guard case .failure(.broken) = await far.call() else {
            Issue.record("half an answer was taken")
            return
        }
    }

    @Test func `what is not HTTP is not an answer`() async {
        let far = OneAnswer()
        far.serve([Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)])
        guard case .failure(.broken) = await far.call() else {
            Issue.record("it was taken for HTTP")
            return
        }
    }

    @Test func `silence ends at the deadline`() async {
        let far = OneAnswer()
        far.serve([], thenClose: false)
        let start = ContinuousClock.now
        guard case .failure(.timedOut) = await far.call(deadline: .milliseconds(200)) else {
            Issue.record("no deadline")
            return
        }
        let took = ContinuousClock.now - start
        #expect(took >= .milliseconds(190) && took < .seconds(10))
    }

    @Test func `an endless answer is cut off`() async {
        let far = OneAnswer()
        let chunk = [UInt8](repeating: 0x61, count: 1 << 20)
        far.serve([Array("HTTP/1.1 200 OK\r\n\r\n".utf8)] + Array(repeating: chunk, count: 6), thenClose: false)
        guard case .failure(.tooLarge) = await far.call() else {
            Issue.record("it was taken whole")
            return
        }
    }

    @Test func `a port nobody listens on is unreachable`() async throws {
        let port = OneAnswer().port  // closed again at once
        guard case .failure(.unreachable) = await unreachable(port) else {
            Issue.record("somebody answered")
            return
        }
    }

    private func unreachable(_ port: Int) async -> Result<HTTPAnswer, HTTPCallError> {
        do throws(HTTPCallError) {
            return .success(try await HTTPCall.send("GET", HTTPURL("http://127.0.0.1:\(port)/")))
        } catch {
            return .failure(error)
        }
    }

    @Test func `a call whose task is cancelled ends at once`() async {
        let far = OneAnswer()
        far.serve([], thenClose: false)
        let calling = Task { await far.call(deadline: .seconds(50)) }
        calling.cancel()
        guard case .failure(.cancelled) = await calling.value else {
            Issue.record("it went on")
            return
        }
    }

    @Test(arguments: [
        ("http://a", "a", 80, "/"), ("http://a:7300", "a", 7300, "/"), ("http://a:1/b?c=d", "a", 1, "/b?c=d"),
        ("http://[::1]:9/x", "::1", 9, "/x"), ("http://a?x", "a", 80, "/?x"),
    ])
    func `a URL has host, port and target`(_ text: String, _ host: String, _ port: Int, _ target: String) throws {
        let url = try HTTPURL(text)
        #expect(url.host == host && url.port == port && url.target == target)
    }

    @Test(arguments: [
        "https://a", "a:1", "http://", "http://a:", "http://a:0", "http://a:65536", "http://u:p@a", "http://a/b#c",
        "http://a b", "http://a/\r\nX: y", "http://[::1", "http://é",
    ])
    func `what cannot be called is refused`(_ text: String) {
        #expect(throws: HTTPCallError.self) { try HTTPURL(text) }
    }
}
