import Testing

@testable import SessionLink

@Suite("Frames of sessions that move") struct RehomingFrameTests {
    let leg = LegID(rawValue: 0x0100_0002)
    let session = SessionID(first: 0x11, second: 0x22)

    private func long(_ number: UInt8) -> [UInt8] { [number, 0, 0, 0, 0, 0, 0, 0] }

    private func frame(_ kind: LinkKind, _ payload: [UInt8], flags: UInt8 = 0) -> [UInt8] {
        let length = (0..<4).map { UInt8(truncatingIfNeeded: payload.count >> (8 * $0)) }
        return length + [2, 0, 0, 1, kind.rawValue, flags, 0, 0] + payload
    }

    @Test func `Their bytes are as they are written down`() {
        let adopt = SeenRehoming.Adopt(
            epoch: 1, session: session, generation: 3, flags: [.resumable, .synced], last: LinkPosition(epoch: 4, k: 5),
            nextNumber: 6, brought: 7, user: [0x75], home: SeenRehoming.Home(incarnation: 8, node: [0x6e]),
            state: [9, 9])
        let parts: [[UInt8]] = [
            long(1), long(0x11), long(0x22), [3, 0, 0, 0], [1 | 4 | 16 | 32], long(4), long(5), long(6), [7, 0, 0, 0],
            [1, 0, 0x75], long(8), [1, 0, 0x6e], [2, 0, 0, 0, 9, 9],
        ]
        #expect(adopt.frame(leg: leg) == frame(.adopt, parts.flatMap { $0 }))
        let position = LinkPosition(epoch: 4, k: 5)
        let kept = SeenRehoming.kept(position, sender: session, n: 6, body: [0x61])
        #expect(kept.frame(leg: leg) == frame(.kept, long(4) + long(5) + long(0x11) + long(0x22) + long(6) + [0x61]))
        for (isText, isAgain, flags) in [(true, false, 1), (false, true, 2)] as [(Bool, Bool, UInt8)] {
            let again = SeenRehoming.again(n: 6, isAgain: isAgain, isText: isText, body: [0x61])
            #expect(again.frame(leg: leg) == frame(.again, long(6) + [flags, 0x61]))
        }
        #expect(LinkStored(position).frame(leg: leg) == frame(.stored, long(4) + long(5)))
        let taken = LinkTaken(through: 9, ranges: [LinkTaken.Range(first: 11, count: 2)])
        #expect(taken.frame(leg: leg) == frame(.taken, long(9) + [1, 0] + long(11) + [2, 0, 0, 0]))
        #expect(
            LinkHome(position: position, incarnation: 8, node: "n").frame(leg: leg)
                == frame(.home, long(4) + long(5) + long(8) + [1, 0, 0x6e, 1]))
        #expect(
            SeenRehoming.released(epoch: 1, state: [9]).frame(leg: leg)
                == frame(.released, long(1) + [1, 1, 0, 0, 0, 9]))
        #expect(LinkSuperseded().frame(leg: leg) == frame(.superseded, []))
        #expect(
            LinkReliableResult(correlation: 1, status: .movedPresented, epoch: 2, neededEpoch: 3).frame(leg: leg)
                == frame(.reliableResult, long(1) + [7] + long(2) + long(3)))
        #expect(
            SeenRehoming.fetched(session: session, generation: 3, kept: 7, state: nil).frame(leg: leg)
                == frame(.fetched, long(0x11) + long(0x22) + [3, 0, 0, 0, 1, 7, 0, 0, 0, 0]))
    }

    @Test func `The numbers of their kinds stay what they are`() {
        let kinds: [LinkKind] = [
            .adopt, .kept, .again, .stored, .received, .duplicate, .declined, .detach, .taken, .home, .released,
            .superseded, .attachDone, .reliable, .reliableResult, .fetch, .fetched,
        ]
        #expect(kinds.map(\.rawValue) == Array(18...34))
        #expect(LinkKind.allCases.filter(\.isMessage) == [.text, .binary, .kept, .again])
    }

    @Test func `A cut head of a message is an error`() {
        for sent in [
            SeenRehoming.kept(LinkPosition(epoch: 1, k: 2), sender: session, n: 3, body: []),
            .again(n: 1, isAgain: true, isText: true, body: []),
        ] {
            let bytes = sent.frame(leg: leg)
            guard let kind = LinkKind(rawValue: bytes[8]) else { continue }
            for count in 0..<(bytes.count - LinkHeader.count) {
                let cut = frame(kind, Array(bytes[LinkHeader.count..<(LinkHeader.count + count)]))
                #expect(read([cut]).error == .truncated(kind))
            }
        }
    }

    @Test func `Numbers that somebody counts on from are bounded`() {
        let most = LinkNumber.max
        #expect(read([LinkDetach(epoch: most).frame()]).error == nil)
        let tooMuch: [[UInt8]] = [
            LinkDetach(epoch: most + 1).frame(), LinkAttachDone(epoch: .max).frame(),
            LinkStored(LinkPosition(epoch: most + 1, k: 0)).frame(),
            LinkReceived(LinkPosition(epoch: 0, k: .max)).frame(), LinkTaken(through: .max).frame(),
            LinkTaken(through: 0, ranges: [LinkTaken.Range(first: .max, count: 1)]).frame(),
            SeenRehoming.again(n: .max, isAgain: true, isText: true, body: []).frame(leg: leg),
            SeenRehoming.kept(LinkPosition(epoch: 1, k: 1), sender: session, n: most + 1, body: []).frame(leg: leg),
            SeenRehoming.released(epoch: .max, state: nil).frame(leg: leg),
            LinkReliableResult(correlation: .max, status: .moved, epoch: 0, neededEpoch: .max).frame(),
        ]
        for bytes in tooMuch {
            guard let kind = LinkKind(rawValue: bytes[8]) else { continue }
            #expect(read([bytes]).error == .unknownValue(kind))
        }
        #expect(most.addingReportingOverflow(UInt64(UInt32.max)).overflow == false)
    }

    @Test func `Values that are not known are errors`() {
        var adopt = SeenRehoming.Adopt(
            epoch: 1, session: session, generation: 3, flags: [], last: LinkPosition(epoch: 0, k: 0), nextNumber: 1,
            brought: 0, user: [0x75], home: nil, state: nil
        ).frame(leg: leg)
        adopt[12 + 28] = 64
        #expect(read([adopt]).error == .unknownValue(.adopt))
        #expect(read([frame(.again, long(1) + [4])]).error == .unknownValue(.again))
        #expect(read([frame(.released, long(1) + [2])]).error == .unknownValue(.released))
        for status in [0, 8, 255] as [UInt8] {
            let bytes = frame(.reliableResult, long(1) + [status] + long(2) + long(3))
            #expect(read([bytes]).error == .unknownValue(.reliableResult))
        }
        #expect(read([frame(.fetched, long(1) + long(1) + [0, 0, 0, 0, 9])]).error == .unknownValue(.fetched))
        #expect(read([frame(.home, long(1) + long(1) + long(1) + [1, 0, 0xff])]).error == .invalidText(.home))
    }

    @Test func `Ranges of what is taken rise, stand apart, and are not more than a node may keep`() {
        func taken(_ ranges: [(UInt64, UInt32)]) -> LinkError? {
            read([LinkTaken(through: 10, ranges: ranges.map { LinkTaken.Range(first: $0.0, count: $0.1) }).frame()])
                .error
        }
        #expect(taken([(11, 1), (13, 2), (16, 1)]) == nil)
        #expect(taken([(12, UInt32(LinkTaken.maxNumbers))]) == nil)
        for wrong in [
            [(12, 0)], [(10, 1)], [(9, 5)], [(12, 3), (14, 1)], [(12, 3), (15, 1)], [(20, 1), (12, 1)],
            [(12, UInt32(LinkTaken.maxNumbers) + 1)], [(12, .max)],
            [(12, UInt32(LinkTaken.maxNumbers) - 1), (1 << 20, 2)],
        ] as [[(UInt64, UInt32)]] { #expect(taken(wrong) == .unknownValue(.taken), "\(wrong)") }
        let most = (0..<LinkTaken.maxRanges).map { LinkTaken.Range(first: UInt64(20 + 2 * $0), count: 1) }
        let full = LinkTaken(through: 10, ranges: most)
        #expect(full.payloadCount <= LinkKind.taken.maxPayloadCount)
        #expect(read([full.frame()]).seen == [.rehoming(.taken(full))])
    }

    @Test func `State of 64 KiB passes, a byte more does not`() {
        for count in [LinkBacklog.maxStateBytes, LinkBacklog.maxStateBytes + 1] {
            let size = (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
            let state = size + [UInt8](repeating: 5, count: count)
            let released = read([frame(.released, long(1) + [1] + state)])
            let fetched = read([frame(.fetched, long(1) + long(2) + [0, 0, 0, 0, 1, 0, 0, 0, 0, 1] + state)])
            if count == LinkBacklog.maxStateBytes {
                #expect(released.error == nil && fetched.error == nil)
            } else {
                #expect(released.error == .payloadTooBig(kind: .released, announced: count))
                #expect(fetched.error == .payloadTooBig(kind: .fetched, announced: count))
            }
        }
    }

    @Test func `A count inside a frame that goes beyond it is an error`() {
        let huge: [UInt8] = [0xff, 0xff, 0, 0]
        #expect(read([frame(.released, long(1) + [1] + huge)]).error == .truncated(.released))
        #expect(
            read([frame(.released, long(1) + [1, 0xff, 0xff, 0xff, 0xff])]).error
                == .payloadTooBig(kind: .released, announced: Int(UInt32.max)))
        #expect(read([frame(.taken, long(1) + [0xff, 0xff])]).error == .truncated(.taken))
        #expect(
            read([frame(.fetch, long(1) + long(1) + long(1) + [0, 0, 0, 0] + long(1) + [0xff, 0xff])]).error
                == .truncated(.fetch))
    }

    @Test func `What follows an adopt is counted against what it announced`() throws {
        #expect(throws: LinkError.backlogTooBig(.adopt)) { try LinkBacklogCount(announced: 4097, in: .adopt) }
        #expect(throws: LinkError.backlogTooBig(.fetched)) { try LinkBacklogCount(announced: .max, in: .fetched) }
        var count = try LinkBacklogCount(announced: 3, in: .adopt)
        try count.took(byteCount: LinkBacklog.maxBytes)
        // One alone may be larger, and so may the last.
        try count.took(byteCount: 64 << 20)
        #expect(throws: LinkError.backlogTooBig(.kept)) { try count.took(byteCount: 0) }
        #expect(count.missing == 1)
        var none = try LinkBacklogCount(announced: 0, in: .adopt)
        #expect(throws: LinkError.outOfOrder(.kept)) { try none.took(byteCount: 0) }
    }
}
