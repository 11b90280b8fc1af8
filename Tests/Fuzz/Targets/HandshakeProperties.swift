import SessionLink

/// The opening of a link, on both ends: whatever is sent by somebody who does not know the secret, no link opens; and
/// who knows it gets in.
///
/// Flags: 0 = the caller's end (else the node's) · 1 = no secret, as in development · 2 = every proof that is sent is
/// replaced by the right one · 3 = by the one that this end has made, sent back to it.
enum HandshakeProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let input = FuzzInput(bytes)
        guard let nonce = LinkNonce([UInt8](repeating: 5, count: LinkNonce.count)), let shared = LinkSecrets([secret])
        else { throw Finding(description: "32 bytes are a secret, and a nonce") }
        let secrets = input.flag(1) ? LinkSecrets.none : shared
        try withExactCopy(of: input.payload) { (copy) throws(Finding) in
            let bytes = UnsafeRawBufferPointer(copy)
            if input.flag(0) {
                try call(frames(bytes), input, secrets, nonce)
            } else {
                try answer(frames(bytes), input, secrets, nonce)
            }
        }
    }

    static let secret = [UInt8](repeating: 7, count: 32)

    private static func frames(_ bytes: UnsafeRawBufferPointer) -> [LinkFrame] {
        var frames: [LinkFrame] = []
        var offset = 0
        do throws(LinkError) {
            while let frame = try LinkFrame.next(bytes, offset: &offset) { frames.append(frame) }
        } catch {
            return frames
        }
        return frames
    }

    /// The node's end.
    private static func answer(
        _ frames: [LinkFrame], _ input: FuzzInput, _ secrets: LinkSecrets, _ nonce: LinkNonce
    ) throws(Finding) {
        var node = NodeHandshake(secrets: secrets, loop: 0, loops: 2, nonce: nonce)
        var challenged: (hello: LinkHello, payload: [UInt8], proof: LinkProof)?
        for frame in frames where frame.kind == node.awaited {
            var proof: LinkProof?
            if let challenged, input.flag(2) {
                proof = LinkProof(
                    .caller, secret: secret, caller: challenged.hello.nonce, node: nonce, hello: challenged.payload)
            } else if let challenged, input.flag(3) {
                proof = challenged.proof
            }
            let isRight = proof != nil && input.flag(2) && frame.payload.count == LinkProof.count
            switch take(frame, insteadOfItsProof: proof, { (frame) throws(LinkError) in try node.take(frame) }) {
            case .challenge(let challenge):
                guard let hello = hello(frame) else { throw Finding(description: "no hello, and yet a challenge") }
                try demand(challenged == nil && hello.asksForProof, "a challenge that nobody asked for")
                challenged = (hello, Array(frame.payload), challenge.proof)
            case .proven(let proven):
                try demand(secrets.isEmpty || isRight, "a link opened without the secret")
                try demand(proven == challenged?.hello ?? hello(frame), "another hello than was sent")
                return
            case .elsewhere(let loop): return try demand(loop == 1, "a link was sent to loop \(loop)")
            case .refuse, nil: return try demand(!isRight, "a right proof was refused")
            }
        }
    }

    /// The caller's end.
    private static func call(
        _ frames: [LinkFrame], _ input: FuzzInput, _ secrets: LinkSecrets, _ nonce: LinkNonce
    ) throws(Finding) {
        let hello = LinkHello(
            role: .gateway, service: "chat", sender: "g", target: "n", targetLoop: 0, epoch: 1, nonce: nonce,
            asksForProof: !secrets.isEmpty)
        let payload = Array(hello.frame().dropFirst(LinkHeader.count))
        var caller = CallerHandshake(hello, secrets: secrets)
        try demand(caller.hello == hello, "the hello was changed")
        var isProven = secrets.isEmpty
        for frame in frames {
            var proof: LinkProof?
            if frame.kind == .challenge, let theirs = LinkNonce(Array(frame.payload.prefix(LinkNonce.count))) {
                // Its own proof, as an earlier link of the caller would have shown it.
                let label: LinkProof.Label? = input.flag(2) ? .node : input.flag(3) ? .caller : nil
                proof = label.map { LinkProof($0, secret: secret, caller: nonce, node: theirs, hello: payload) }
            }
            switch take(frame, insteadOfItsProof: proof, { (frame) throws(LinkError) in try caller.take(frame) }) {
            case .send: isProven = input.flag(2)
            case .open: return try demand(isProven, "a link opened to a node without the secret")
            case .refused, .distrusted, nil: return
            }
            try demand(isProven, "the caller proved itself to a node without the secret")
        }
    }

    private static func hello(_ frame: LinkFrame) -> LinkHello? {
        do throws(LinkError) { return try LinkHello(frame) } catch { return nil }
    }

    /// Hands a frame over, if need be with another proof at its end; nil if it can't be read.
    private static func take<Step>(
        _ frame: LinkFrame, insteadOfItsProof proof: LinkProof?, _ body: (LinkFrame) throws(LinkError) -> Step
    ) -> Step? {
        var bytes = [UInt8](repeating: 0, count: LinkHeader.count)
        bytes.withUnsafeMutableBytes { frame.header.write(into: $0) }
        bytes += frame.payload
        if let proof, frame.payload.count >= LinkProof.count {
            bytes.replaceSubrange((bytes.count - LinkProof.count)..., with: proof.bytes)
        }
        return bytes.withUnsafeBytes { buffer in
            var offset = 0
            do throws(LinkError) {
                return try LinkFrame.next(buffer, offset: &offset).map { (frame) throws(LinkError) in try body(frame) }
            } catch {
                return nil
            }
        }
    }
}
