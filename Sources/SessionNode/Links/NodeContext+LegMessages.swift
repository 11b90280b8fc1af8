import ClusterModel
import Logging
import Rehoming
import SessionLink
import WebSocketWire

// Clients' messages as gateways bring them: whole, or in chunks that are put together here. They are held to what a client
// that comes directly is held to, so no gateway, broken or hostile, can hand an application what a client could not.

extension NodeContext {
    /// A frame of a client's message.
    ///
    /// - Throws: `overspentCredit`, which ends the link. Other broken rules end the session.
    func legMessage(_ frame: LinkFrame, _ kind: MessageKind, _ link: ServedLink) throws(LinkError) {
        // A leg that ended here may still have messages on their way.
        guard let ref = link.legs[frame.leg] else { return }
        let taken = sessions.update(ref) { session in
            Result { () throws(LinkError) -> LinkChunk? in
                try session.receiveCredit.received(payloadCount: frame.payload.count)
                return session.order.take(frame.header)
            }
        }
        guard let taken else { return }
        let place = try taken.get()
        do throws(FrameViolation) {
            guard let place else { throw .brokenChunks }
            try receive(frame.payload, place, kind, ref)
            giveBack(Credit.cost(payloadCount: frame.payload.count), to: ref, link.socket, frame.leg)
        } catch {
            noteViolation(error, by: link)
            close(ref, error.code, reason: error.reason.description)
        }
    }

    private func receive(
        _ payload: UnsafeRawBufferPointer, _ place: LinkChunk, _ kind: MessageKind, _ ref: SessionRef
    ) throws(FrameViolation) {
        let opcode: DataOpcode = kind == .text ? .text : .binary
        switch place {
        case .whole:
            try MessageAssembly.check(payload, opcode, maxBytes: maxMessageBytes)
            handOver(payload, kind, ref)
        case .first, .middle: try assembly(ref, opcode).append(payload)
        case .last:
            let assembly = assembly(ref, opcode)
            // Out of the table before the application sees it: what it does may end the session.
            assemblies[ref] = nil
            try assembly.append(payload)
            let message = UnsafeRawBufferPointer(try assembly.finish())
            handOver(message, kind, ref)
            withExtendedLifetime(assembly) {}
        }
    }

    /// A whole message for the application. One of a session that can move has a number, and is dealt with once.
    private func handOver(_ message: UnsafeRawBufferPointer, _ kind: MessageKind, _ ref: SessionRef) {
        guard let leg = sessions.session(ref)?.rehomedLeg, leg != 0, let rehoming else {
            counters.messagesIn += 1
            return application.onMessage(message, kind, from: ref, in: self)
        }
        switch rehoming.machine.began(on: leg) {
        case .give(let session, let ticket):
            counters.messagesIn += 1
            handle(message, kind, ref, session, n: ticket, isAgain: false, rehoming)
        case .skip: break
        case .say(let n):
            let words = ToNode.message(n: n, isAgain: false, isText: kind == .text, bytes: Array(message))
            tell { $0.heard(words, on: leg, now: $1, &$2) }
        }
    }

    private func assembly(_ ref: SessionRef, _ opcode: DataOpcode) -> MessageAssembly {
        if let assembly = assemblies[ref] { return assembly }
        let assembly = MessageAssembly(opcode, maxBytes: maxMessageBytes)
        assemblies[ref] = assembly
        return assembly
    }

    /// Counts a rule that a gateway broke, and says so at most once a second.
    private func noteViolation(_ violation: FrameViolation, by link: ServedLink) {
        guard let unsaid = violations.note(violation.code, at: loop.now.nanoseconds) else { return }
        logger.error(
            "a gateway broke a rule of a session's messages",
            metadata: ["gateway": "\(link.sender)", "rule": "\(violation.reason)", "unsaid": "\(unsaid)"])
    }
}
