import ClusterModel
import Reactor
import SessionLink
import TestClients
import Testing
import WebSocketWire

@testable import Gateway

/// Messages larger than a frame of a link, and what a node that breaks the rules brings about: the end of that session and of
/// nothing else.
@Suite(.serialized) struct LargeMessagesTests {
    private typealias Frame = @Sendable (LegID) -> [UInt8]

    /// One frame of a message, as right or wrong as the test wants it.
    private func chunk(_ kind: LinkKind, _ payload: [UInt8], more: Bool) -> Frame {
        { leg in
            var bytes = [UInt8](repeating: 0, count: LinkFrame.count(payloadCount: payload.count))
            bytes.withUnsafeMutableBytes { bytes in
                payload.withUnsafeBytes { _ = LinkFrame.writeMessage(kind, leg: leg, $0, hasMore: more, into: bytes) }
            }
            return bytes
        }
    }

    private var full: [UInt8] { [UInt8](repeating: 120, count: LinkChunk.size) }

    /// What a client gets and its node hears after the node sent these frames; the client's neighbours must notice nothing.
    private func outcome(of frames: [Frame], heard: String?) async throws -> (String, [CloseCode: Int]) {
        var answer = ""
        var counted: [CloseCode: Int] = [:]
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            gateway.node.frames = frames
            // Several, so that one of them shares the client's loop and link.
            var neighbours: [TestClient] = []
            for number in 0..<4 { neighbours.append(try await gateway.enter("neighbour-\(number)")) }
            let client = try await gateway.enter("alice")
            try await client.message("frames")
            answer = try await client.event()
            if let heard { try await gateway.node.journal.wait(for: heard) }
            for neighbour in neighbours {
                try await neighbour.message("still here")
                #expect(try await neighbour.event() == "text:still here")
            }
            #expect(!gateway.node.journal.all.contains { $0.hasPrefix("error") })
            for loop in await gateway.fleet.counters() { counted.merge(loop.violations, uniquingKeysWith: +) }
        }
        return (answer, counted)
    }

    @Test func messagesOfEverySizePassBothWaysWhole() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let client = try await gateway.enter("alice")
            let size = LinkChunk.size
            for count in [size - 1, size, size + 1, 2 * size, 4 * size, 4 * size + 1, 256 << 10, 1 << 20] {
                let text = String(repeating: "x", count: count)
                try await client.message(text)
                let event = try await client.event()
                let same = event == "text:" + text
                #expect(same, "\(count) bytes: \(event.prefix(80)), \(event.utf8.count)")
            }
            try await client.message("end")
            #expect(try await client.event() == "text:end")
        }
    }

    @Test func aMessageOverTheLimitIs1009AndNothingOfItReachesTheNode() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let client = try await gateway.enter("alice")
            try await client.send(FrameWriter.bytes(.binary, Array(repeating: 1, count: 1 << 20 + 1), mask: 7))
            #expect(try await client.event().hasPrefix("close:1009:"))
            try await gateway.node.journal.wait(for: "close 1009")
            #expect(!gateway.node.journal.all.contains { $0.hasSuffix("bytes") })
        }
    }

    @Test(arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]] as [[UInt8]])
    func textOfANodeThatIsNotUTF8NeverReachesAClient(bytes: [UInt8]) async throws {
        let (answer, counted) = try await outcome(of: [chunk(.text, bytes, more: false)], heard: "close 1007")
        #expect(answer == "close:1011:")
        #expect(counted == [.invalidText: 1])
    }

    @Test func textThatBreaksInItsSecondChunkIsNotPassedOnInPart() async throws {
        let first = chunk(.text, Array(full.dropLast()) + [0xe2], more: true)
        for last in [[0x41], [0x82]] as [[UInt8]] {
            let (answer, counted) = try await outcome(
                of: [first, chunk(.text, last, more: false)], heard: "close 1007")
            #expect(answer == "close:1011:")
            #expect(counted == [.invalidText: 1])
        }
    }

    @Test func chunksWithoutEndEndTheLegAtTheLimit() async throws {
        let endless = Array(repeating: chunk(.binary, full, more: true), count: 40)
        let (answer, counted) = try await outcome(of: endless, heard: "close 1009")
        #expect(answer == "close:1011:")
        #expect(counted == [.messageTooBig: 1])
    }

    @Test func chunksThatDoNotFitTogetherEndTheLeg() async throws {
        for frames in [
            [chunk(.text, full, more: true), chunk(.binary, [1], more: false)],
            [chunk(.binary, [], more: true)], [chunk(.binary, Array(full.dropLast()), more: true)],
        ] {
            let (answer, counted) = try await outcome(of: frames, heard: "close 1011")
            #expect(answer == "close:1011:")
            #expect(counted == [.internalError: 1])
        }
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] as [UInt16])
    func aCloseCodeThatMayNotBeSentIsReplaced(code: UInt16) async throws {
        let (answer, counted) = try await outcome(
            of: [{ LinkClose(code: code, reason: "x").frame(leg: $0) }], heard: nil)
        #expect(answer == "close:1011:")
        #expect(counted == [.protocolError: 1])
    }

    @Test func aCloseReasonIsCutAndOneThatIsNoTextIsDropped() async throws {
        let long = String(repeating: "é", count: 100)
        let (cut, fine) = try await outcome(of: [{ LinkClose(code: 4001, reason: long).frame(leg: $0) }], heard: nil)
        #expect(cut == "close:4001:" + String(repeating: "é", count: 61))
        #expect(fine.isEmpty)
        let bad: Frame = { leg in LinkClose(code: 4001, reason: "ab").frame(leg: leg).dropLast() + [0xff] }
        let (dropped, counted) = try await outcome(of: [bad], heard: nil)
        #expect(dropped == "close:4001:")
        #expect(counted == [.invalidText: 1])
    }

    @Test func aNodeThatVanishesInsideAMessageLeavesItsClientACleanStream() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            gateway.node.frames = [chunk(.text, full, more: true), chunk(.text, full, more: true)]
            let client = try await gateway.enter("alice")
            try await client.message("vanish")
            #expect(try await client.event().hasPrefix("close:4003:"))
        }
    }

    @Test func aSlowReadersLargeMessageWaitsInTheNodeAndComesWholeWhenItReads() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let slow = try await gateway.slowReader()
            let text = String(repeating: "y", count: 200_000)
            try await slow.message(text)
            let same = try await slow.event() == "text:" + text
            #expect(same)
        }
    }
}
