import Testing

@testable import Rehoming

@Suite struct PositionTests {
    @Test func theEpochCountsBeforeTheNumber() {
        #expect(Position(epoch: 5, k: 900) < Position(epoch: 6, k: 0))
        #expect(Position(epoch: 6, k: 1) < Position(epoch: 6, k: 2))
        #expect(Position(epoch: 6, k: 1).next == Position(epoch: 6, k: 2))
        #expect(Position(epoch: 6, k: 2).description == "6-2")
    }
}
