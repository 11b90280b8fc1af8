import SessionLink
import Testing

@testable import Rehoming

@Suite struct SenderMarksTests {
    private func admit(_ marks: inout SenderMarks, _ sender: UInt64, _ n: UInt64, at second: Int, most: Int = 100)
        -> SenderMarks.Verdict
    {
        marks.admit(
            MessageKey(sender: SessionID(first: sender, second: 0), n: n), now: .seconds(second), most: most,
            age: .seconds(120))
    }

    @Test func onlyWhatIsAboveTheMarkIsNew() {
        var marks = SenderMarks()
        #expect(admit(&marks, 1, 5, at: 0) == .fresh)
        #expect(admit(&marks, 1, 5, at: 0) == .duplicate)
        #expect(admit(&marks, 1, 4, at: 0) == .duplicate)
        #expect(admit(&marks, 1, 9, at: 0) == .fresh)
        #expect(admit(&marks, 2, 1, at: 0) == .fresh)
    }

    @Test func aFullTableDeclinesNewSendersUntilAnOldOneIsSilentLongEnough() {
        var marks = SenderMarks()
        #expect(admit(&marks, 1, 1, at: 0, most: 2) == .fresh)
        #expect(admit(&marks, 2, 1, at: 50, most: 2) == .fresh)
        #expect(admit(&marks, 3, 1, at: 60, most: 2) == .declined)
        #expect(admit(&marks, 1, 2, at: 100, most: 2) == .fresh)
        #expect(admit(&marks, 3, 1, at: 170, most: 2) == .declined)
        #expect(admit(&marks, 3, 1, at: 171, most: 2) == .fresh)
        #expect(admit(&marks, 1, 2, at: 171, most: 2) == .duplicate)
        #expect(marks.count == 2)
    }

    @Test func silentSendersDoNotPileUp() {
        var marks = SenderMarks()
        for sender in 0..<10_000 { _ = admit(&marks, UInt64(sender), 1, at: sender, most: 4096) }
        #expect(marks.count <= 256)
        #expect(admit(&marks, 9_990, 1, at: 10_000, most: 4096) == .duplicate)
    }
}
