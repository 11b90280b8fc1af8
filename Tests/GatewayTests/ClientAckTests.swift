import Rehoming
import Testing
import WebSocketWire

@testable import Gateway

@Suite struct ClientAckTests {
    private func read(_ text: String) -> ClientAck? { Array(text.utf8).withUnsafeBytes { ClientAck($0) } }

    @Test(arguments: [
        #"{"type":"ack","position":"7-2"}"#, #"{"position":"7-2","type":"ack"}"#,
        #" { "type" : "ack" , "position" : "7-2" } "#,
        #"{"type":"ack","position":"7-2","later":[1,{"a":null}]}"#, #"{"\u0074ype":"ack","position":"7\u002d2"}"#,
    ])
    func `An acknowledgement is told however it is written`(text: String) {
        #expect(read(text) == .through(Position(epoch: 7, k: 2)))
    }

    @Test(arguments: [
        #"{"type":"ack"}"#, #"{"type":"ack","position":7}"#, #"{"type":"ack","position":"7"}"#,
        #"{"type":"ack","position":"-1-2"}"#, #"{"type":"ack","position":"9007199254740992-0"}"#,
        #"{"type":"ack","position":"0-9007199254740992"}"#, #"{"type":"ack","position":"1-99999999999999999999999"}"#,
    ])
    func `One without a position that there can be is malformed`(text: String) {
        #expect(read(text) == .malformed)
    }

    @Test(arguments: [
        "", "ack", #""ack""#, #"{"type":"ack""#, #"{"type":"ack","position":"7-2"}x"#, #"["ack"]"#,
        #"{"type":"send","id":"ack","to":"ack","data":{"type":"ack","position":"7-2"}}"#,
        #"{"type":"join","id":"1","group":"ack"}"#,
    ])
    func `Everything else goes on to the node`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `The highest numbers that JSON can carry are positions`() {
        let most: UInt64 = 1 << 53 - 1
        #expect(Position(ofClient: "\(most)-\(most)") == Position(epoch: most, k: most))
        #expect(Position(ofClient: "\(most + 1)-0") == nil)
    }
}
