import SessionLink
import Testing

@testable import Rehoming

@Suite struct OutboxTests {
    private func message(_ k: UInt64, epoch: UInt64 = 5) -> KeptMessage {
        KeptMessage(
            position: Position(epoch: epoch, k: k), key: MessageKey(sender: NodeHarness.session(9), n: epoch * 100 + k),
            frame: [0, 0])
    }

    @Test func whatIsStoredIsNewsOnce() {
        var outbox = Outbox()
        for k in 1...3 { outbox.append(message(UInt64(k)), entry: UInt64(k)) }
        #expect(outbox.store(through: Position(epoch: 5, k: 2)) == [1, 2])
        #expect(outbox.store(through: Position(epoch: 5, k: 2)) == [])
        #expect(outbox.store(through: Position(epoch: 6, k: 0)) == [3])
    }

    @Test func whatIsReceivedIsForgotten() {
        var outbox = Outbox()
        for k in 1...3 { outbox.append(message(UInt64(k)), entry: UInt64(k)) }
        #expect(outbox.receive(through: Position(epoch: 5, k: 2)) == [1, 2])
        #expect(outbox.bytes == 2)
        #expect(outbox.store(through: Position(epoch: 5, k: 3)) == [3])
    }

    @Test func whatIsBroughtStandsInOrderOnce() {
        var outbox = Outbox()
        outbox.append(message(1), entry: 1)
        outbox.merge([message(7, epoch: 4), message(1), message(9, epoch: 4)])
        #expect(outbox.items.map(\.message.position.k) == [7, 9, 1])
        #expect(outbox.store(through: Position(epoch: 5, k: 1)) == [1])
        #expect(outbox.bytes == 6)
    }

    @Test func whatNoGatewayStoredCanBeDropped() {
        var outbox = Outbox()
        for k in 1...3 { outbox.append(message(UInt64(k)), entry: UInt64(k)) }
        _ = outbox.store(through: Position(epoch: 5, k: 1))
        outbox.dropUnstored()
        #expect(outbox.items.map(\.entry) == [1])
    }

    @Test func oneMessageCanBeTakenOut() {
        var outbox = Outbox()
        for k in 1...3 { outbox.append(message(UInt64(k)), entry: UInt64(k)) }
        #expect(outbox.remove(Position(epoch: 5, k: 2))?.entry == 2)
        #expect(outbox.remove(Position(epoch: 5, k: 2)) == nil)
        #expect(outbox.store(through: Position(epoch: 5, k: 3)) == [1, 3])
    }

    @Test func itIsFullByCountOrBytes() {
        var bounds = RehomingBounds()
        bounds.messages = 3
        bounds.bytes = 4
        var outbox = Outbox()
        outbox.append(message(1), entry: 1)
        #expect(!outbox.isFull(bounds))
        outbox.append(message(2), entry: 2)
        #expect(outbox.isFull(bounds))
    }
}
