import Testing

@testable import SessionNode

@Suite struct AttachDecisionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let held: UInt64
        let offered: UInt64
        let isMine: Bool
        var isThisLoop = true
        let first: AttachDecision
        let last: AttachDecision

        var testDescription: String { "held \(held), offered \(offered), \(isMine ? "mine" : "not mine")" }
    }

    private static let older = "this node's ring is older than the gateway's"

    @Test(arguments: [
        Row(held: 5, offered: 5, isMine: true, first: .take, last: .take),
        Row(held: 5, offered: 4, isMine: true, first: .take, last: .take),
        Row(held: 5, offered: 6, isMine: true, first: .take, last: .take),
        Row(held: 5, offered: 5, isMine: false, first: .moved(epoch: 5), last: .moved(epoch: 5)),
        Row(held: 5, offered: 4, isMine: false, first: .moved(epoch: 5), last: .moved(epoch: 5)),
        Row(held: 5, offered: 6, isMine: false, first: .park, last: .refuse(status: 503, reason: older)),
        Row(
            held: 0, offered: 6, isMine: false, first: .park,
            last: .refuse(status: 503, reason: "this node has no ring yet")),
        Row(
            held: 0, offered: 0, isMine: false, first: .park,
            last: .refuse(status: 503, reason: "this node has no ring yet")),
        Row(
            held: 5, offered: 5, isMine: true, isThisLoop: false, first: .park,
            last: .refuse(status: 503, reason: "the user belongs to another loop of this node")),
    ])
    func `takes, sends on, or waits for a newer ring`(row: Row) {
        func decide(_ patienceOver: Bool) -> AttachDecision {
            .decide(
                held: row.held, offered: row.offered, isMine: row.isMine, isThisLoop: row.isThisLoop,
                patienceOver: patienceOver)
        }
        #expect(decide(false) == row.first)
        #expect(decide(true) == row.last)
    }

    @Test func `moved never carries an epoch below the sender's`() {
        for held in 0...4 as ClosedRange<UInt64> {
            for offered in 0...4 as ClosedRange<UInt64> {
                for patienceOver in [false, true] {
                    let decision = AttachDecision.decide(
                        held: held, offered: offered, isMine: false, isThisLoop: true, patienceOver: patienceOver)
                    if case .moved(let epoch) = decision { #expect(epoch >= offered && epoch > 0) }
                }
            }
        }
    }
}
