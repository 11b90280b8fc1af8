import SessionLink

/// The payload of each kind, read and written back.
enum LinkPayloads {
    /// What is wrong with the payload, nil for nothing.
    static func check(_ frame: LinkFrame) throws(Finding) -> LinkError? {
        switch frame.kind {
        case .hello: try rewritten(LinkHello.self, frame)
        case .helloAnswer: try rewritten(LinkHelloAnswer.self, frame)
        case .attach: try rewritten(LinkAttach.self, frame)
        case .attached: try rewritten(LinkAttached.self, frame)
        case .moved: try rewritten(LinkMoved.self, frame)
        case .refused: try rewritten(LinkRefused.self, frame, textAt: 4)
        case .credit: try rewritten(LinkCredit.self, frame)
        case .close: try rewritten(LinkClose.self, frame, textAt: 4)
        case .ping: try rewritten(LinkPing.self, frame)
        case .pong: try rewritten(LinkPong.self, frame)
        case .forward: try rewritten(LinkForward.self, frame)
        case .forwardResult: try rewritten(LinkForwardResult.self, frame)
        case .ringHint: try rewritten(LinkRingHint.self, frame)
        case .challenge: try rewritten(LinkChallenge.self, frame)
        case .proof: try rewritten(LinkCallerProof.self, frame)
        case .adopt: try rewritten(LinkAdopt.self, frame)
        case .stored: try rewritten(LinkStored.self, frame)
        case .received: try rewritten(LinkReceived.self, frame)
        case .duplicate: try rewritten(LinkDuplicate.self, frame)
        case .declined: try rewritten(LinkDeclined.self, frame)
        case .detach: try rewritten(LinkDetach.self, frame)
        case .taken: try rewritten(LinkTaken.self, frame)
        case .home: try rewritten(LinkHome.self, frame)
        case .released: try rewritten(LinkReleased.self, frame)
        case .superseded: try rewritten(LinkSuperseded.self, frame)
        case .attachDone: try rewritten(LinkAttachDone.self, frame)
        case .reliable: try rewritten(LinkReliable.self, frame)
        case .reliableResult: try rewritten(LinkReliableResult.self, frame)
        case .fetch: try rewritten(LinkFetch.self, frame)
        case .fetched: try rewritten(LinkFetched.self, frame)
        case .kept: try rewritten(LinkKept.self, whole: frame)
        case .again: try rewritten(LinkAgain.self, whole: frame)
        case .text, .binary: nil
        }
    }

    /// A message in one frame; of one in chunks the first begins as such a one.
    private static func rewritten<Message: LinkMessage>(
        _: Message.Type, whole frame: LinkFrame
    ) throws(Finding) -> LinkError? {
        let message: Message
        do throws(LinkError) {
            message = try Message(frame.payload)
        } catch {
            return error
        }
        let written = message.frames(leg: frame.leg)
        try demand(written.count == message.frameCount, "\(frame.kind) counts its frames otherwise")
        try demand(
            written.dropFirst(LinkHeader.count).elementsEqual(frame.payload), "\(frame.kind) is written otherwise")
        return nil
    }

    /// `repairable` is where a text begins that is repaired instead of refused, and so may be written otherwise.
    private static func rewritten<Payload: LinkPayload>(
        _: Payload.Type, _ frame: LinkFrame, textAt repairable: Int? = nil
    ) throws(Finding) -> LinkError? {
        let payload: Payload
        do throws(LinkError) {
            payload = try Payload(frame)
        } catch {
            return error
        }
        if let repairable, String(validating: frame.payload.dropFirst(repairable), as: UTF8.self) == nil { return nil }
        try demand(payload.payloadCount == frame.payload.count, "\(frame.kind) counts its payload otherwise")
        let written = payload.frame(leg: frame.leg)
        try demand(written.count == payload.frameCount, "\(frame.kind) counts its frame otherwise")
        try demand(
            written.dropFirst(LinkHeader.count).elementsEqual(frame.payload), "\(frame.kind) is written otherwise")
        return nil
    }
}
