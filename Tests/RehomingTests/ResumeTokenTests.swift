import ClusterModel
import SessionLink
import Testing

@testable import Rehoming

@Suite struct ResumeTokenTests {
    private func token() throws -> ResumeToken {
        ResumeToken(
            session: SessionID(first: 0x0102_0304_0506_0708, second: .max), generation: 7,
            home: .make("node-2", 1_795_358_857_087), service: try ServiceName("chat"))
    }

    @Test func itComesBackAsItWas() throws {
        let token = try token()
        #expect(ResumeToken(token.text) == token)
        #expect(token.text.utf8.allSatisfy { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "+") })
    }

    @Test func itsTextStaysAsItIs() throws {
        #expect(try token().text == "AQgHBgUEAwIB__________8HAAAAfxe6A6IBAAAGbm9kZS0yBGNoYXT-IBPE")
    }

    @Test func oneChangedCharacterOrAMissingOneIsNoticed() throws {
        let text = Array(try token().text.utf8)
        for index in text.indices {
            var other = text
            other[index] = text[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(ResumeToken(String(decoding: other, as: UTF8.self)) == nil)
            #expect(ResumeToken(String(decoding: text[..<index], as: UTF8.self)) == nil)
        }
        #expect(ResumeToken(String(decoding: text, as: UTF8.self) + "A") == nil)
        #expect(ResumeToken(String(repeating: "A", count: 10_000)) == nil)
        #expect(ResumeToken("grün") == nil)
    }

    @Test func aGenerationThatCouldOverflowIsNotTaken() throws {
        let token = try token()
        let high = ResumeToken(
            session: token.session, generation: ResumeToken.generationLimit, home: token.home, service: token.service)
        #expect(ResumeToken(high.text) == nil)
    }
}
