import Testing

@testable import SessionNode

@Suite struct RegistrationMachineTests {
    private typealias Machine = RegistrationMachine

    private func registered(registries: Int = 1) -> Machine {
        var machine = Machine(registries: registries)
        _ = machine.after(.registered(heartbeat: .seconds(1)), jitter: 0)
        return machine
    }

    @Test func `registers first and reports at the interval the registry asks for`() {
        var machine = Machine(registries: 1)
        #expect(machine.next() == .register(registry: 0))
        let pause = machine.after(.registered(heartbeat: .milliseconds(400)), jitter: 0.5)
        #expect(pause == .wait(.milliseconds(300)))
        #expect(machine.next() == .heartbeat(registry: 0))
        #expect(machine.after(.alive, jitter: 0.9) == .wait(.milliseconds(400)))
    }

    @Test func `registers again at once when the registry does not know the node`() {
        var machine = registered()
        #expect(machine.after(.unknownNode, jitter: 0) == .register(registry: 0))
        #expect(machine.state == .unregistered)
    }

    @Test func `gives up at once when another incarnation took over`() {
        var machine = registered()
        #expect(machine.after(.conflict, jitter: 0) == .giveUp)
        #expect(machine.next() == .giveUp)
        #expect(machine.after(.alive, jitter: 0) == .giveUp, "nothing brings it back")
    }

    @Test func `asks for a held name until a predecessor's lease must be over, then gives up`() {
        var machine = Machine(registries: 1)
        var waited = Duration.zero
        while case .wait(let pause) = machine.after(.conflict, jitter: 0) {
            waited += pause
            #expect(waited <= .seconds(30))
        }
        #expect(waited == Machine.patienceWithHeldName)
        #expect(machine.state == .refused)
    }

    @Test func `takes the name when it becomes free while waiting`() {
        var machine = Machine(registries: 1)
        for _ in 0..<5 { _ = machine.after(.conflict, jitter: 0) }
        _ = machine.after(.registered(heartbeat: .seconds(1)), jitter: 0)
        #expect(machine.state == .registered)
    }

    @Test func `tries the next registry quickly, and slower once all were asked`() {
        var machine = Machine(registries: 3)
        var order: [Int] = []
        var pauses: [Duration] = []
        for _ in 0..<9 {
            if case .register(let registry) = machine.next() { order.append(registry) }
            if case .wait(let pause) = machine.after(.noAnswer, jitter: 1) { pauses.append(pause) }
        }
        #expect(order == [0, 1, 2, 0, 1, 2, 0, 1, 2])
        #expect(pauses[0] == .milliseconds(10) && pauses[1] == .milliseconds(10))
        #expect(pauses[2] == Machine.firstPause)
        #expect(pauses[5] == Machine.firstPause * 2)
        for _ in 0..<100 {
            guard case .wait(let pause) = machine.after(.noAnswer, jitter: 1) else { return }
            #expect(pause <= Machine.longestPause)
        }
    }

    @Test func `a registered node never waits longer than a heartbeat for the next try`() {
        var machine = registered(registries: 2)
        for _ in 0..<50 {
            guard case .wait(let pause) = machine.after(.noAnswer, jitter: 1) else { return }
            #expect(pause <= .seconds(1))
        }
        #expect(machine.state == .registered, "silence of the registry does not unregister the node")
    }
}
