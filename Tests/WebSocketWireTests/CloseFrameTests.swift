import ClusterModel
import Testing

@testable import WebSocketWire

@Suite("Close frames")
struct CloseFrameTests {
    func close(_ code: UInt16, _ reason: [UInt8] = []) -> [Seen] {
        events(frame(8, [UInt8(code >> 8), UInt8(code & 0xff)] + reason))
    }

    @Test(
        arguments: [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4001, 4999,
        ] as [UInt16])
    func `A code that may be sent is reported with its reason`(code: UInt16) {
        #expect(close(code, Array("tschüß".utf8)) == [.close(code, "tschüß")])
        let written = FrameWriter.close(code: CloseCode(rawValue: code), reason: "a")
        #expect(events(written, role: .client) == [.close(code, "a")])
    }

    @Test(arguments: [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] as [UInt16])
    func `A code that is never sent is a violation and is never written`(code: UInt16) {
        #expect(close(code) == [.violation(1002)])
        #expect(FrameWriter.close(code: CloseCode(rawValue: code), reason: "a") == [0x88, 0])
    }

    @Test func `A close without a code is reported without one`() {
        #expect(events(frame(8)) == [.close(nil, "")])
        #expect(FrameWriter.close(code: nil) == [0x88, 0])
    }

    @Test func `A reason that is not UTF-8 is 1007, the longest one is read`() {
        #expect(close(1000, [0xff]) == [.violation(1007)])
        #expect(close(1000, [0xc3]) == [.violation(1007)])
        let longest = [UInt8](repeating: 97, count: 123)
        #expect(close(1000, longest) == [.close(1000, String(repeating: "a", count: 123))])
        #expect(close(1000, longest + [97]) == [.violation(1002)])
    }

    @Test func `A reason is cut between characters`() {
        let payload = ClosePayload.bytes(code: .moved, reason: String(repeating: "a", count: 122) + "ü!")
        #expect(payload == [0x0f, 0xa1] + [UInt8](repeating: 97, count: 122))
        #expect(ClosePayload.bytes(code: .normal, reason: String(repeating: "a", count: 500)).count == 125)
    }
}
