import Testing

@testable import Admission
@testable import Operations

@Suite("What a process can hold")
struct ClientBudgetTests {
    private func capacity(_ descriptors: Int, used: Int = 8, memory: Int = 8 << 30) -> ProcessCapacity {
        ProcessCapacity(
            descriptors: descriptors, descriptorsInUse: used, memory: memory, memorySource: .machine)
    }

    @Test("clients, handshakes and the reserve share the descriptors", arguments: [64, 256, 1024, 20_000, 1 << 20])
    func share(_ descriptors: Int) {
        let budget = ClientBudget(capacity(descriptors), loops: 2)
        #expect(budget.reserve >= 32 && budget.reserve >= descriptors / 20)
        #expect(budget.connections == descriptors - budget.reserve - 8 - 8)
        #expect(budget.clients + budget.handshakes <= budget.connections)
        #expect(budget.handshakes >= 1 && budget.clients >= 1)
        #expect(!budget.isShort)
    }

    @Test("a process with next to nothing still takes somebody")
    func little() {
        let budget = ClientBudget(capacity(20, used: 12, memory: 1), loops: 4)
        #expect(budget.connections == 1 && budget.clients == 1 && budget.handshakes == 1)
        #expect(budget.heldBytes == 16 << 20)
    }

    @Test("little memory takes fewer clients than the descriptors would")
    func memory() {
        let budget = ClientBudget(capacity(1 << 20, memory: 256 << 20), loops: 2)
        #expect(budget.clients == 8192)
        #expect(ClientBudget(capacity(1 << 20, memory: 256 << 20), loops: 2, isSecure: true).clients == 2730)
        #expect(budget.heldBytes == 64 << 20)
    }

    @Test("what is asked for is what counts, and more than there is room for is said")
    func asked() {
        let budget = ClientBudget(
            capacity(256), loops: 2, clients: 100, perAddress: 7, handshakes: 20, heldBytes: 5 << 20)
        #expect(budget.clients == 100 && budget.perAddress == 7 && budget.handshakes == 20)
        #expect(budget.heldBytes == 5 << 20)
        #expect(!budget.isShort)
        let bold = ClientBudget(capacity(256), loops: 2, clients: 10_000)
        #expect(bold.isShort && bold.clients == 10_000 && bold.connections < 256)
    }

    @Test("clients are counted with TLS's memory exactly where there are certificates")
    func certificates() {
        func clients(_ arguments: [String]) -> Int? {
            guard
                case .run(let settings) = SettingsLoader.load(
                    .gateway, arguments: arguments, environment: [:], readFile: { _ in "" })
            else { return nil }
            return ClientBudget(capacity(1 << 20, memory: 256 << 20), loops: 2, settings: settings).clients
        }
        #expect(clients([]) == 8192)
        #expect(clients(["--tls-cert", "a.pem", "--tls-key", "a.key"]) == 2730)
    }

    @Test("the bounds that the loops share are the budget's")
    func bounds() {
        let budget = ClientBudget(capacity(1024), loops: 2)
        let bounds = budget.bounds(loops: 2)
        #expect(bounds.gate.bounds.connections == budget.connections)
        #expect(bounds.gate.bounds.heldBytes == budget.heldBytes)
        #expect(bounds.caps.bounds.clients == budget.clients)
        #expect(bounds.caps.bounds.handshakes == budget.handshakes)
    }

    @Test("the control group and those around it are read, the root's folder included")
    func groups() {
        #expect(
            ProcessCapacity.controlGroups("12:cpu:/x\n0::/a/b c\n")
                == ["/sys/fs/cgroup", "/sys/fs/cgroup/a", "/sys/fs/cgroup/a/b c"])
        #expect(ProcessCapacity.controlGroups("0::/\n") == ["/sys/fs/cgroup"])
        #expect(ProcessCapacity.controlGroups("1:name=systemd:/x\n") == [])
        #expect(ProcessCapacity.bytes("268435456\n") == 268_435_456)
        #expect(ProcessCapacity.bytes("max\n") == nil)
    }

    @Test("this process has descriptors and memory")
    func here() {
        let capacity = ProcessCapacity.ofThisProcess()
        #expect(capacity.descriptors > capacity.descriptorsInUse && capacity.descriptorsInUse >= 3)
        #expect(capacity.memory > 16 << 20)
    }
}
