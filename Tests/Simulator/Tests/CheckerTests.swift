import RehomingSimulator
import Testing

/// The checker refuses histories that break the promise, each in one way, and takes the one that keeps it.
@Suite struct CheckerTests {
    /// Two users of one session each; the first sends one message, which is accepted and delivered.
    static let good: [Happening] = [
        .began(session: 1, user: 0, isResumable: true, isSlow: false), .online(session: 1),
        .established(session: 1),
        .began(session: 2, user: 1, isResumable: true, isSlow: false), .online(session: 2),
        .established(session: 2),
        .sent(message: 1, session: 1, to: 1),
        .got(message: 1, session: 2, epoch: 1, k: 1, isNew: true),
        .told(message: 1, .accepted, byItself: false),
        .told(message: 1, .delivered, byItself: false),
        .settled(session: 1, at: [7], owner: 7, gatewayLegs: 1),
        .settled(session: 2, at: [7], owner: 7, gatewayLegs: 1),
        .everybodyLeaves,
    ]

    static func rules(_ happenings: [Happening], _ promise: Promise = Promise()) -> Set<String> {
        let events = happenings.enumerated().map { HistoryEvent(at: Int64($0.offset) * 1_000, $0.element) }
        return Set(Checker(events, promise).violations.map { $0.rule })
    }

    /// The good history with that in the place of its element `index`.
    static func with(_ index: Int, _ replacement: [Happening]) -> [Happening] {
        Array(good[..<index] + replacement + good[(index + 1)...])
    }

    /// The good history with that before the sessions are looked at.
    static func adding(_ happenings: [Happening]) -> [Happening] {
        Array(good[..<10] + happenings + good[10...])
    }

    @Test func aGoodHistoryIsTaken() {
        #expect(Self.rules(Self.good) == [])
    }

    @Test func anAcknowledgedMessageThatDidNotArriveIsLost() {
        #expect(Self.rules(Self.with(7, [])) == ["lost"])
    }

    @Test func aLossIsCountedWhereItMayBeAndReportedElseItIsAViolation() {
        var promise = Promise()
        promise.countsLosses = true
        #expect(Self.rules(Self.with(7, []), promise) == ["lost and not reported"])
        var reported = Self.with(7, [])
        reported[8] = .told(message: 1, .unknown, byItself: false)
        #expect(Self.rules(reported, promise) == [])
    }

    @Test func aMessageThatComesTwiceIsSeen() {
        let twice = Self.adding([.got(message: 1, session: 2, epoch: 1, k: 2, isNew: true)])
        #expect(Self.rules(twice) == ["twice"])
        let dropped = Self.adding([.got(message: 1, session: 2, epoch: 1, k: 2, isNew: false)])
        #expect(Self.rules(dropped) == [])
    }

    @Test func theSendersOrderIsKept() {
        let swapped = Self.with(
            7,
            [
                .sent(message: 2, session: 1, to: 1),
                .got(message: 2, session: 2, epoch: 1, k: 1, isNew: true),
                .told(message: 2, .delivered, byItself: false),
                .got(message: 1, session: 2, epoch: 1, k: 2, isNew: true),
            ])
        #expect(Self.rules(swapped) == ["order"])
    }

    @Test func positionsRise() {
        let repeated = Self.adding([.got(message: 1, session: 2, epoch: 1, k: 1, isNew: false)])
        #expect(Self.rules(repeated) == ["position"])
    }

    @Test func whatFailedDidNotArrive() {
        var failed = Self.with(8, [])
        failed[8] = .told(message: 1, .busy, byItself: false)
        #expect(Self.rules(failed) == ["failed yet delivered"])
    }

    @Test func nobodyWhoIsThereIsOffline() {
        var offline = Self.with(7, [])
        offline[7] = .told(message: 1, .offline, byItself: false)
        offline.remove(at: 8)
        #expect(Self.rules(offline) == ["falsely offline"])
        // Somebody who had no socket for a moment in between may be called so.
        offline.insert(.offline(session: 2), at: 7)
        #expect(Self.rules(offline) == [])
    }

    @Test func silenceIsSeen() {
        #expect(Self.rules(Self.with(9, [])) == ["silence"])
        #expect(Self.rules(Array(Self.good[..<8] + Self.good[10...])) == ["silence"])
    }

    @Test func theLastWordIsTheLast() {
        #expect(Self.rules(Self.adding([.told(message: 1, .unknown, byItself: false)])) == ["told twice"])
    }

    @Test func epochsRiseAtEachObserver() {
        let back: [Happening] = [.epoch(observer: 3, 9), .epoch(observer: 4, 8), .epoch(observer: 3, 8)]
        #expect(Self.rules(Self.adding(back)) == ["epoch"])
    }

    @Test func aSessionHasOneLeg() {
        #expect(Self.rules(Self.adding([.legOpened(place: 1, leg: 1), .legOpened(place: 1, leg: 2)])) == ["two legs"])
        let attached: [Happening] = [
            .attached(life: 7, session: 1, leg: 1), .attached(life: 7, session: 1, leg: 2),
        ]
        #expect(Self.rules(Self.adding(attached)) == ["two legs"])
        var apart = Self.good
        apart[10] = .settled(session: 1, at: [7, 8], owner: 7, gatewayLegs: 2)
        #expect(Self.rules(apart) == ["misplaced", "legs"])
    }

    @Test func aSessionEndsWhereItsOwnerIs() {
        var astray = Self.good
        astray[10] = .settled(session: 1, at: [8], owner: 7, gatewayLegs: 1)
        #expect(Self.rules(astray) == ["misplaced"])
        #expect(Self.rules(Self.adding([.misplaced(life: 7, count: 1)])) == ["misplaced"])
    }

    @Test func nobodyIsClosedExceptWhoNeverAcknowledges() {
        #expect(Self.rules(Self.adding([.closed(session: 2, code: 4003)])) == ["closed"])
        #expect(Self.rules(Self.adding([.closed(session: 2, code: 4009)])) == ["closed"])
        var slow = Self.adding([.closed(session: 2, code: 4009)])
        slow[3] = .began(session: 2, user: 1, isResumable: true, isSlow: true)
        #expect(Self.rules(slow) == [])
    }

    @Test func anApplicationGetsAMessageOnce() {
        let began = Happening.applicationBegan(life: 7, session: 1, isRecovered: true)
        let got = Happening.applicationGot(life: 7, session: 1, message: 5, place: 5)
        #expect(Self.rules(Self.adding([began, got, got])) == ["given twice"])
        #expect(Self.rules(Self.adding([began, got, began, got])) == [])
    }

    @Test func aNoteReachesAnApplication() {
        #expect(Self.rules(Self.adding([.sent(message: 5, session: 1, to: nil)])) == ["note lost"])
    }

    @Test func boundsHold() {
        #expect(Self.rules(Self.adding([.kept(session: 2, count: 5, most: 4)])) == ["bound"])
    }

    @Test func noTimerIsLeft() {
        #expect(Self.rules(Self.good + [.timerLeft(process: "node-1")]) == ["timer left"])
        #expect(Self.rules(Self.good + [.timerStuck(process: "node-1")]) == ["timer stuck"])
    }

    @Test func whoIsThereAfterTheFaultsIsReached() {
        let probe: [Happening] = [
            .probing, .sent(message: 2, session: 1, to: 1), .told(message: 2, .unknown, byItself: false),
        ]
        #expect(Self.rules(Self.adding(probe)) == ["not settled"])
    }

    @Test func aMereMoveMakesNothingUnknown() {
        var promise = Promise()
        promise.hasOnlyMoves = true
        var unknown = Self.with(8, [])
        unknown[8] = .told(message: 1, .unknown, byItself: false)
        #expect(Self.rules(unknown, promise) == ["not accepted"])
        #expect(Self.rules(unknown) == [])
    }
}
