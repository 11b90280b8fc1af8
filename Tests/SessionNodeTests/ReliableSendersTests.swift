import Rehoming
import SessionLink
import Testing

@testable import SessionNode

struct ReliableSendersTests {
    private let session = SessionID(first: 1, second: 2)

    @Test func aResultFindsTheNameOnceMoreAfterTheLastOne() {
        var senders = ReliableSenders()
        senders.name(Array("\"a\"".utf8), session, n: 7)
        #expect(senders.name(of: 7, session, outcome: .accepted) == Array("\"a\"".utf8))
        #expect(senders.name(of: 7, session, outcome: .delivered) == Array("\"a\"".utf8))
        #expect(senders.name(of: 7, session, outcome: .delivered) == Array("\"a\"".utf8))
        #expect(senders.name(of: 8, session, outcome: .accepted) == nil)
    }

    @Test func noMoreNamesAreKeptThanAGatewayReplays() {
        var senders = ReliableSenders()
        let count = UInt64(RehomingBounds.standard.messages)
        for n in 1...count + 1 {
            senders.name([1], session, n: n)
            _ = senders.name(of: n, session, outcome: .delivered)
        }
        #expect(senders.name(of: 1, session, outcome: .delivered) == nil)
        #expect(senders.name(of: 2, session, outcome: .delivered) != nil)
    }

    @Test func aSessionThatLeftIsForgotten() {
        var senders = ReliableSenders()
        senders.note(session, .resumable)
        senders.name([1], session, n: 1)
        senders.forget(session)
        #expect(senders.kind(session) == .plain)
        #expect(senders.name(of: 1, session, outcome: .accepted) == nil)
    }

    @Test func whatALoopSentBeforeItWasDroppedIsNotHeard() {
        var mine = SiblingLinks()
        var theirs = SiblingLinks()
        #expect(mine.hears(1, theirs.number(for: 0)))
        let number = mine.drop(1)
        #expect(!mine.hears(1, theirs.number(for: 0)))
        theirs.dropped(by: 0, number)
        #expect(mine.hears(1, theirs.number(for: 0)))
    }

    @Test func aRequestSaysItsNumber() throws {
        func read(_ more: String) throws -> (n: UInt64?, isAgain: Bool, saysClass: Bool) {
            let text = Array(#"{"type":"send","id":"1","to":"bob","data":1\#(more)}"#.utf8)
            return try text.withUnsafeBytes { bytes in
                let request = try ClientRequest.read(bytes)
                return (request.n, request.isAgain, request.saysClass)
            }
        }
        #expect(try read("") == (nil, false, false))
        #expect(
            try read(#","n":9007199254740991,"again":true,"class":"reliable""#) == (9_007_199_254_740_991, true, true))
        for bad in ["0", "9007199254740992", "-1", "1.5", "\"1\"", "1e3"] {
            #expect(throws: ClientRequest.Mistake.self) { _ = try read(#","n":\#(bad)"#) }
        }
    }
}
