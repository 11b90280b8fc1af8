import Testing

@testable import SessionLink

@Suite("Messages with numbers in front of them") struct LinkMessageTests {
    let leg = LegID(rawValue: 0x0100_0001)
    let session = SessionID(first: 1, second: 2)

    private func again(_ count: Int) -> [UInt8] {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        return body.withUnsafeBytes {
            let message = LinkAgain(n: 7, isAgain: true, isText: false, body: $0)
            let frames = message.frames(leg: leg)
            #expect(frames.count == message.frameCount)
            return frames
        }
    }

    /// What an assembly makes of frames.
    private func read(_ bytes: [UInt8], maxBytes: Int = 1 << 22) -> (
        bodies: [[UInt8]], frames: Int, error: LinkError?, isOpen: Bool
    ) {
        var assembly = LinkAssembly()
        var bodies: [[UInt8]] = []
        var frames = 0
        let error = bytes.withUnsafeBytes { bytes -> LinkError? in
            var offset = 0
            do throws(LinkError) {
                while let frame = try LinkFrame.next(bytes, offset: &offset) {
                    frames += 1
                    let body = try assembly.take(frame, maxBytes: maxBytes) { message throws(LinkError) in
                        Array(try LinkAgain(message).body)
                    }
                    if let body { bodies.append(body) }
                }
                return nil
            } catch { return error }
        }
        return (bodies, frames, error, assembly.isOpen)
    }

    @Test func `A message of any size comes back the same, in as few frames as its bytes need`() {
        let size = LinkChunk.size
        let head = LinkAgain.headCount
        for count in [0, 1, size - head - 1, size - head, size - head + 1, size, 2 * size - head, 2 * size, 1 << 20] {
            let seen = read(again(count))
            #expect(seen.error == nil && !seen.isOpen)
            #expect(seen.bodies.map(\.count) == [count])
            #expect(seen.bodies.first == (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            #expect(seen.frames == max(1, (count + head + size - 1) / size), "\(count) bytes")
        }
    }

    @Test func `Too large a message is refused at the chunk that makes it so`() {
        #expect(read(again(1000), maxBytes: 1009).error == nil)
        #expect(read(again(1000), maxBytes: 1008).error == .messageTooBig(.again))
        let large = read(again(3 * LinkChunk.size), maxBytes: LinkChunk.size + 10)
        #expect(large.error == .messageTooBig(.again) && large.frames == 2)
        #expect(read(again(1), maxBytes: 0).error == .messageTooBig(.again))
    }

    @Test func `Chunks of two messages do not mix`() {
        let first = Array(again(LinkChunk.size + 1)[..<(LinkChunk.size + LinkHeader.count)])
        let kept = [UInt8]([1, 2, 3]).withUnsafeBytes {
            LinkKept(position: LinkPosition(epoch: 1, k: 1), sender: session, n: 1, body: $0).frames(leg: leg)
        }
        let seen = read(first + kept)
        #expect(seen.error == .outOfOrder(.kept) && seen.error?.isOfLeg == true)
        #expect(read(first).isOpen)
    }

    @Test func `Only errors behind which frames can still be read are of a leg`() {
        for error in [LinkError.outOfOrder(.kept), .messageTooBig(.kept), .backlogTooBig(.adopt)] {
            #expect(error.isOfLeg)
        }
        for error in [
            LinkError.unknownKind(9), .truncated(.kept), .unknownValue(.adopt), .overspentCredit,
            .payloadTooBig(kind: .kept, announced: 1), .unexpectedKind(expected: .kept, got: .ping),
        ] { #expect(!error.isOfLeg) }
    }
}
