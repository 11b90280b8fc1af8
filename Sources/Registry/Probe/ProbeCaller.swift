import ClusterModel
import Glibc
import Reactor
import SessionLink

/// All probes of one loop. Each ends exactly once: by an answer, by its socket's end, or by its deadline.
final class ProbeCaller: SocketHandler {
    private struct Call {
        var handshake: CallerHandshake
        /// The run that is called.
        let incarnation: UInt64
        let key: ProofKey?
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
        _ address: SocketAddress, _ handshake: CallerHandshake, incarnation: UInt64, key: ProofKey?,
        deadline: Duration, tls: TLSTarget?, on loop: EventLoop, finish: @escaping (ProbeVerdict) -> Void
    ) {
        guard let handler else { preconditionFailure("a probe caller registers itself when it is made") }
        let socket: SocketID
        do throws(ReactorError) {
            socket = try loop.connect(to: address, handler: handler, deadline: deadline, tls: tls)
        } catch {
            return finish(.silent(reason: error.description))
        }
        let timer = loop.after(deadline) { [weak self] loop in
            self?.end(socket, .silent(reason: "no answer within \(deadline)"), on: loop)
        }
        calls[socket] = Call(
            handshake: handshake, incarnation: incarnation, key: key, deadline: deadline, timer: timer, finish: finish)
    }

    func connected(_ socket: SocketID, on loop: EventLoop) {
        guard let call = calls[socket] else { return }
        if !loop.write(call.handshake.hello.frame(), to: socket) {
            end(socket, .silent(reason: "the hello could not be sent"), on: loop)
        }
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        var offset = 0
        do throws(LinkError) {
            while let frame = try LinkFrame.next(UnsafeRawBufferPointer(bytes), offset: &offset) {
                guard let verdict = try take(frame, socket, loop) else { continue }
                end(socket, verdict, on: loop)
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
        case .tls: call.finish(.unproven(reason: loop.words(for: reason)))
        case .peer, .local: call.finish(.notOurs(reason: "it hung up without an answer"))
        }
    }

    private func end(_ socket: SocketID, _ verdict: ProbeVerdict, on loop: EventLoop) {
        guard let call = calls.removeValue(forKey: socket) else { return }
        loop.cancel(call.timer)
        // In order, so that a node whose links are TLS does not take it for a cut.
        loop.close(socket)
        call.finish(verdict)
    }

    /// What a frame of the handshake tells; `nil` while it goes on.
    private func take(_ frame: LinkFrame, _ socket: SocketID, _ loop: EventLoop) throws(LinkError) -> ProbeVerdict? {
        guard var call = calls[socket] else { return nil }
        let step = try call.handshake.take(frame)
        calls[socket] = call
        switch step {
        case .send(let proof):
            loop.write(proof.frame(), to: socket)
            return nil
        case .refused(let refusal, let message): return .refused(refusal, message: message)
        case .distrusted(let reason): return .unproven(reason: reason)
        case .open(let welcome):
            // Another run than the one called is another run, whatever it can prove.
            if let key = call.key, welcome.incarnation == call.incarnation,
                !welcome.isProven(by: key, of: call.handshake.hello)
            {
                return .unproven(reason: "it is not the process that registered: its answer lacks that one's proof")
            }
            return .answered(node: welcome.node, incarnation: welcome.incarnation)
        }
    }
}
