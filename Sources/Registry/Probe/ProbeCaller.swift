import Glibc
import Reactor
import SessionLink

/// All probes of one loop. Each ends exactly once: by an answer, by its socket's end, or by its deadline.
final class ProbeCaller: SocketHandler {
    private struct Call {
        let hello: [UInt8]
        let deadline: Duration
        let timer: TimerID
        let finish: (ProbeVerdict) -> Void
    }

    private var calls: [SocketID: Call] = [:]
    private var handler: HandlerID?

    init(on loop: EventLoop) {
        handler = loop.register(self)
    }

    func call(
        _ address: SocketAddress, hello: [UInt8], deadline: Duration, on loop: EventLoop,
        finish: @escaping (ProbeVerdict) -> Void
    ) {
        guard let handler else { preconditionFailure("a probe caller registers itself when it is made") }
        let socket: SocketID
        do throws(ReactorError) {
            socket = try loop.connect(to: address, handler: handler, deadline: deadline)
        } catch {
            return finish(.silent(reason: error.description))
        }
        let timer = loop.after(deadline) { [weak self] loop in
            self?.end(socket, .silent(reason: "no answer within \(deadline)"), on: loop)
        }
        calls[socket] = Call(hello: hello, deadline: deadline, timer: timer, finish: finish)
    }

    func connected(_ socket: SocketID, on loop: EventLoop) {
        guard let call = calls[socket] else { return }
        if !loop.write(call.hello, to: socket) { end(socket, .silent(reason: "the hello could not be sent"), on: loop) }
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        var offset = 0
        do throws(LinkError) {
            while let frame = try LinkFrame.next(UnsafeRawBufferPointer(bytes), offset: &offset) {
                // Whatever else a node says first (a hint about the ring) is not for us.
                guard frame.kind == .helloAnswer else { continue }
                end(socket, Self.verdict(try LinkHelloAnswer(frame)), on: loop)
                return bytes.count
            }
        } catch {
            end(socket, .notOurs(reason: "\(error)"), on: loop)
            return bytes.count
        }
        return offset
    }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        guard let call = calls.removeValue(forKey: socket) else { return }
        loop.cancel(call.timer)
        switch reason {
        case .connectFailed(ECONNREFUSED): call.finish(.portClosed)
        case .connectFailed, .timedOut, .error: call.finish(.silent(reason: reason.description))
        case .peer, .local: call.finish(.notOurs(reason: "it hung up without an answer"))
        }
    }

    private func end(_ socket: SocketID, _ verdict: ProbeVerdict, on loop: EventLoop) {
        guard let call = calls.removeValue(forKey: socket) else { return }
        loop.cancel(call.timer)
        loop.abort(socket)
        call.finish(verdict)
    }

    private static func verdict(_ answer: LinkHelloAnswer) -> ProbeVerdict {
        switch answer {
        case .accepted(let node, let incarnation, _, _): .answered(node: node, incarnation: incarnation)
        case .refused(let refusal, let message): .refused(refusal, message: message)
        }
    }
}
