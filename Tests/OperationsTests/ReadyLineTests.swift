import Foundation
import Testing

@testable import Operations

@Suite struct ReadyLineTests {
    @Test func `the line is one JSON object whose members keep their order`() {
        let line = ReadyLine(role: "gateway", members: ["id": "g\"1", "data": "127.0.0.1:7000"])
        #expect(line.text == #"{"ready":true,"role":"gateway","id":"g\"1","data":"127.0.0.1:7000"}"#)
    }

    @Test func `it is written with a line feed`() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        #expect(ReadyLine(role: "node", members: [:]).write(to: ends[1]))
        close(ends[1])
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(ends[0], &buffer, buffer.count)
        close(ends[0])
        #expect(String(decoding: buffer[..<count], as: UTF8.self) == "{\"ready\":true,\"role\":\"node\"}\n")
    }

    @Test func `a descriptor that is not open is said so`() {
        #expect(!ReadyLine(role: "node", members: [:]).write(to: 987))
    }
}
