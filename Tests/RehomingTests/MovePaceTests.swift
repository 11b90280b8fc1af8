import Testing

@testable import Rehoming

@Suite struct MovePaceTests {
    @Test func noMoreThanTheRateBeginInASecond() {
        var pace = MovePace<Int>(perSecond: 100, inFlight: 1000)
        for id in 0..<500 { pace.want(id, isUrgent: false) }
        var begun: [Int] = []
        var now = Duration.zero
        while now < .seconds(1) {
            begun += pace.next(now: now)
            now += .milliseconds(3)
        }
        #expect(begun.count >= 99 && begun.count <= 106)
        #expect(begun == Array(0..<begun.count))
        #expect(pace.waiting == 500 - begun.count)
    }

    @Test func noMoreThanTheBoundAreUnderWay() {
        var pace = MovePace<Int>(perSecond: 1_000_000, inFlight: 3)
        for id in 0..<5 { pace.want(id, isUrgent: false) }
        #expect(pace.next(now: .seconds(1)) == [0, 1, 2])
        #expect(pace.next(now: .seconds(2)) == [])
        #expect(pace.deadline == nil)
        pace.done(1)
        #expect(pace.deadline != nil)
        #expect(pace.next(now: .seconds(3)) == [3])
        #expect(pace.moving == 3)
    }

    @Test func whoHasNoOwnerGoesFirstButNotAlone() {
        var pace = MovePace<Int>(perSecond: 1_000_000, inFlight: 100)
        for id in 0..<4 { pace.want(id, isUrgent: false) }
        for id in 10..<16 { pace.want(id, isUrgent: true) }
        #expect(pace.next(now: .seconds(1)) == [10, 11, 12, 0, 13, 14, 15, 1, 2, 3])
    }

    @Test func askingAgainCanMakeItUrgentAndLeavingTakesTheTurn() {
        var pace = MovePace<Int>(perSecond: 1_000_000, inFlight: 100)
        for id in 0..<4 { pace.want(id, isUrgent: false) }
        pace.want(2, isUrgent: true)
        pace.want(2, isUrgent: false)
        pace.done(0)
        #expect(pace.waiting == 3)
        #expect(pace.next(now: .seconds(1)) == [2, 1, 3])
    }

    @Test func theDeadlineIsWhenTheNextMayBegin() {
        var pace = MovePace<Int>(perSecond: 10, inFlight: 10)
        #expect(pace.deadline == nil)
        for id in 0..<3 { pace.want(id, isUrgent: false) }
        #expect(pace.next(now: .seconds(5)) == [0])
        #expect(pace.deadline == .milliseconds(5050))
        #expect(pace.next(now: .milliseconds(5049)) == [])
        #expect(pace.next(now: .milliseconds(5050)) == [1])
        #expect(pace.deadline == .milliseconds(5150))
    }

    @Test func comingAndGoingLeavesNothingBehind() {
        var pace = MovePace<Int>(perSecond: 1, inFlight: 1)
        pace.want(-1, isUrgent: false)
        _ = pace.next(now: .zero)
        for id in 0..<10_000 {
            pace.want(id, isUrgent: id % 2 == 0)
            pace.done(id)
        }
        #expect(pace.waiting == 0)
        #expect(pace.turnsForTests <= 66)
    }
}

extension MovePace {
    var turnsForTests: Int { urgent.turns.count + planned.turns.count }
}
