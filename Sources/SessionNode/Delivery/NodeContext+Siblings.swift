import Reactor
import SessionLink

// Messages between the loops of this node: the same frames as on links, gathered per round and handed over in one piece.

extension NodeContext {
    /// Bytes that may be gathered for a sibling in one round; more is refused as busy.
    static var outboxBound: Int { 16 << 20 }

    /// Gives a message to the loop that holds its recipient. `nil`: the result comes later.
    func forward(
        _ message: UserMessage, toSibling index: Int, for waiter: Waiter, id: UnsafeRawBufferPointer
    ) -> DeliveryStatus? {
        guard index < siblings.count, outboxes[index].count < Self.outboxBound else { return .rejected(.busy) }
        let size = message.from.count + message.to.count + message.payload.count
        guard size <= LinkHeader.maxPayloadCount - 64 else { return .rejected(.tooLarge) }
        // Routes 0..<loops are the siblings; peers have those behind.
        guard let correlation = pending.ask(waiter, id: id, byteCount: size, by: index, now: loop.now) else {
            return .rejected(.busy)
        }
        enqueue(
            LinkForward(
                correlation: correlation, epoch: epoch, deliveryClass: ForwardClass.byte(isLastHop: message.isLastHop),
                from: message.from, to: message.to, data: message.payload), for: index)
        return nil
    }

    /// Appends a frame to what goes to a sibling at this round's end.
    func enqueue(_ payload: some LinkPayload, for index: Int) {
        enqueue(payload.frameCount, for: index) { _ = payload.writeFrame(into: $0) }
    }

    /// Appends frames of that many bytes.
    func enqueue(_ count: Int, for index: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        guard index < siblings.count else { return }
        let start = outboxes[index].count
        outboxes[index].append(contentsOf: repeatElement(0, count: count))
        outboxes[index].withUnsafeMutableBytes { bytes in
            write(UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
        }
        if start == 0, let linkHandler { loop.atRoundEnd(linkHandler) }
    }

    /// The round's end: each sibling gets all its frames with one post.
    func handOverToSiblings() {
        for index in outboxes.indices where !outboxes[index].isEmpty {
            var batch: [UInt8] = []
            swap(&batch, &outboxes[index])
            let sibling = siblings[index]
            let origin = loopIndex
            let number = rehoming?.siblings.number(for: index) ?? 0
            sibling.loop.post { [batch] loop in
                sibling.value(on: loop).receive(batch, fromSibling: origin, number)
            }
        }
    }

    private func receive(_ batch: [UInt8], fromSibling origin: Int, _ number: UInt32) {
        batch.withUnsafeBytes { bytes in
            var offset = 0
            while let frame = try? LinkFrame.next(bytes, offset: &offset) {
                if frame.kind.isOfMachines {
                    heard(frame, fromSibling: origin, number)
                } else if let forward = try? LinkForward(frame) {
                    forwarded(forward, from: .sibling(origin))
                } else if let answer = try? LinkForwardResult(frame) {
                    answered(answer)
                }
            }
        }
    }
}
