import Reactor
import Testing

@testable import Edge

@Suite struct ClientCapsTests {
    private func key(_ host: String) throws -> UInt64 { ClientCaps.key(of: try SocketAddress(host: host, port: 1)) }

    @Test func aSubscriberIsAnIPv4AddressOrAnIPv6NetworkOf64Bits() throws {
        #expect(try key("192.0.2.1") == key("::ffff:192.0.2.1"))
        #expect(try key("192.0.2.1") != key("192.0.2.2"))
        #expect(try key("2001:db8::1") == key("2001:db8:0:0:ffff::9"))
        #expect(try key("2001:db8::1") != key("2001:db8:0:1::1"))
        #expect(try key("::1") != key("127.0.0.1"))
        #expect(try key("127.0.0.1") != ClientCaps.uncounted)
        #expect(try key("::1") != ClientCaps.uncounted)
        #expect(ClientCaps.key(of: .unix("/x")) == ClientCaps.uncounted)
    }

    @Test func anAddressHasItsShareAndGetsItBack() throws {
        let caps = ClientCaps(bounds: .init(perAddress: 2))
        let one = try key("127.0.0.1"), two = try key("127.0.0.2")
        #expect(caps.connect(one) && caps.connect(one))
        #expect(!caps.connect(one))
        #expect(caps.connect(two))
        #expect(caps.refusals[.address] == 1)
        caps.disconnect(one)
        #expect(caps.connect(one))
        #expect(!caps.connect(one))
        for _ in 0..<5 { #expect(caps.connect(ClientCaps.uncounted)) }
    }

    @Test func clientsAreCountedOverAllThreads() async {
        let caps = ClientCaps(bounds: .init(clients: 100))
        let entered = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { (0..<50).count { _ in caps.enter() } } }
            return await group.reduce(0, +)
        }
        #expect(entered == 100)
        #expect(caps.clientsNow == 100)
        #expect(caps.refusals[.clients] == 300)
        caps.leave()
        #expect(caps.enter() && !caps.enter())
    }

    @Test func theHandshakesAreSharedOutOverTheLoops() {
        #expect(ClientCaps(bounds: .init(handshakes: 1000), loops: 4).handshakesPerLoop == 250)
        // A handful would be too few for a burst of good clients.
        #expect(ClientCaps(bounds: .init(handshakes: 8), loops: 4).handshakesPerLoop == 16)
    }
}

@Suite struct UnfinishedHandshakesTests {
    private func entry(_ index: Int32, at milliseconds: Int64) -> UnfinishedHandshakes.Entry {
        UnfinishedHandshakes.Entry(
            client: ClientID(index: index, generation: 1), deadline: milliseconds + 5000,
            since: milliseconds * 1_000_000)
    }

    @Test func theOldestGoWhenThereAreTooMany() {
        var list = UnfinishedHandshakes(bound: 10)
        for index in 0..<14 { list.begin(entry(Int32(index), at: Int64(index))) }
        #expect(list.mayBeTooMany)
        let going = list.tooMany(at: 1_000_000_000) { _ in true }
        #expect(going.map(\.client.index) == [0, 1, 2, 3])
        #expect(!list.isOver && list.count == 10)
    }

    @Test func thoseWhoMovedOnAreSweptOutAndNobodyGoesForThem() {
        var list = UnfinishedHandshakes(bound: 10)
        for index in 0..<100 { list.begin(entry(Int32(index), at: Int64(index))) }
        let going = list.tooMany(at: 10_000_000_000) { $0.client.index % 10 == 0 }
        #expect(going.isEmpty)
        #expect(list.count == 10)
    }

    @Test func nobodyGoesBeforeItsRequestCouldHaveBeenRead() {
        var list = UnfinishedHandshakes(bound: 10)
        for index in 0..<20 { list.begin(entry(Int32(index), at: 1000)) }
        #expect(list.tooMany(at: 1_099_000_000) { _ in true }.isEmpty)
        #expect(list.isOver)
        #expect(list.tooMany(at: 1_100_000_000) { _ in true }.count == 10)
    }

    @Test func manyRequestsInOnePacketCountAsOne() {
        var list = UnfinishedHandshakes(bound: 10)
        for _ in 0..<1000 { list.begin(entry(1, at: 7)) }
        #expect(list.count == 1)
    }

    @Test func theListIsNotLookedThroughForEveryConnection() {
        var list = UnfinishedHandshakes(bound: 800)
        var looks = 0
        for index in 0..<8000 {
            list.begin(entry(Int32(index), at: Int64(index)))
            if list.mayBeTooMany {
                looks += 1
                _ = list.tooMany(at: Int64(index) * 1_000_000) { _ in true }
            }
        }
        #expect(looks <= 8000 / 100)
        #expect(list.count <= 800 + 200)
    }
}
