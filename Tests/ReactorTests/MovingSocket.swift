import Reactor
import Testing

/// A socket with unread bytes and unsent ones changes its loop in the middle of a conversation, and nothing of it is lost.
func moveToAnotherLoop(_ loops: LoopGroup, tls server: TLSServer? = nil, _ client: TLSTarget? = nil) async throws {
    let first = Log(), second = Log(), heard = Log()
    let other = loops.loops[1]
    let address = try await listener(loops.loops[0], first, tls: server) { recorder in
        recorder.used = { bytes, socket, loop in
            loop.write(Array("from first,".utf8), to: socket)
            guard let detached = loop.detach(socket) else { return 0 }
            other.post { loop in
                let recorder = Recorder(second)
                recorder.echoes()
                _ = loop.adopt(detached, handler: loop.register(recorder))
            }
            return 2
        }
    }
    let socket = try await connection(loops.loops[0], to: address, heard, tls: client) { recorder in
        recorder.onConnected = { socket, loop in loop.write(Array("hello".utf8), to: socket) }
    }
    let expected = Array("from first,hello".utf8)
    try await heard.wait("both answers") { $0.bytes(of: socket).count >= expected.count }
    #expect(heard.all.bytes(of: socket) == expected)
    _ = try await loops.loops[0].run { $0.write(Array(" again".utf8), to: socket) }
    try await heard.wait("the echo of the second loop") { $0.bytes(of: socket).count >= 22 }
    #expect(!first.all.contains { $0.isClosed })
}
