import Testing

@testable import Operations

@Suite struct CatalogueTests {
    private static let programs: [Program] = [.registry, .gateway, .node]

    private func load(
        _ program: Program, _ arguments: [String], _ environment: [String: String] = [:], file: String = ""
    ) -> SettingsLoader.Outcome {
        SettingsLoader.load(program, arguments: arguments, environment: environment) { _ in file }
    }

    @Test func `every program starts with no flag but the node's id`() {
        for program in Self.programs {
            let arguments = program.role == "node" ? ["--id", "node-1"] : []
            guard case .run = load(program, arguments) else {
                Issue.record("\(program.name) does not start with its defaults")
                continue
            }
        }
    }

    @Test(arguments: [
        ("ringway-registry", ["--host", "0.0.0.0"], ["--host", "--host"]),
        ("ringway-registry", ["--host", "0.0.0.0", "--token-file", "t"], ["--host"]),
        ("ringway-registry", ["--host", "::", "--link-secret-file", "s"], ["--host"]),
        ("ringway-registry", ["--host", "10.0.0.1", "--token-file", "t", "--link-secret-file", "s"], []),
        ("ringway-gateway", ["--host", "0.0.0.0"], ["--host"]),
        ("ringway-gateway", ["--host", "0.0.0.0", "--link-secret-file", "s"], []),
        ("ringway-gateway", ["--admin-host", "::"], ["--admin-host"]),
        ("ringway-gateway", ["--admin-host", "::", "--admin-token-file", "t"], []),
        ("ringway-node", ["--id", "n", "--host", "10.0.0.1"], ["--host"]),
        ("ringway-node", ["--id", "n", "--host", "10.0.0.1", "--link-secret-file", "s"], []),
        ("ringway-node", ["--id", "n", "--admin-host", "128.0.0.1"], ["--admin-host"]),
        ("ringway-node", ["--id", "n", "--host", "127.5.0.1", "--admin-host", "::1"], []),
    ])
    func `off loopback no program starts without what proves who is who`(
        _ name: String, _ arguments: [String], _ places: [String]
    ) throws {
        switch load(try #require(Self.programs.first { $0.name == name }), arguments) {
        case .run: #expect(places.isEmpty)
        case .refused(let problems): #expect(problems.map(\.place) == places)
        case .answer: Issue.record("help")
        }
    }

    @Test func `a node without an id is told what it is for`() {
        guard case .refused(let problems) = load(.node, []) else {
            Issue.record("it started")
            return
        }
        #expect(problems.map(\.place) == ["--id"])
    }

    @Test(arguments: [
        (
            "ringway-registry",
            [
                "host", "port", "redis-url", "prefix", "services", "lease", "heartbeat", "gather", "config", "ready-fd",
                "log-level",
            ]
        ),
        (
            "ringway-gateway",
            [
                "id", "host", "port", "admin-host", "admin-port", "redis-url", "prefix", "services", "registry",
                "registry-token-file", "user-from", "loops",
                "config", "ready-fd", "log-level",
            ]
        ),
        (
            "ringway-node",
            [
                "id", "service", "host", "link-port", "port", "admin-host", "admin-port", "advertise-host", "registry",
                "redis-url",
                "prefix", "weight", "zone", "user-from", "application", "loops", "drain-over", "config", "ready-fd",
                "log-level",
            ]
        ),
    ])
    func `each program knows its documented flags, and help shows every one`(_ name: String, _ flags: [String]) throws {
        let program = try #require(Self.programs.first { $0.name == name })
        guard case .answer(let help) = load(program, ["--help"]) else {
            Issue.record("no help")
            return
        }
        for flag in flags {
            #expect(program.setting(named: flag) != nil, "--\(flag)")
            #expect(help.contains("--\(flag) VALUE"), "--\(flag)")
        }
    }

    @Test(arguments: [
        ("", []), ("http://a:1,http://b:2", ["http://a:1", "http://b:2"]), ("https://a:1", nil), ("a:1", nil),
        ("http://a:1,http://a:1", nil),
    ])
    func `a gateway tells the registries of its list, and by default none`(_ text: String, _ wanted: [String]?) {
        switch load(.gateway, text.isEmpty ? [] : ["--registry", text]) {
        case .run(let settings): #expect(settings[GatewaySettings.registry] == wanted)
        case .refused(let problems): #expect(wanted == nil && problems.map(\.place) == ["--registry"])
        case .answer: Issue.record("help")
        }
    }

    @Test func `no program declares a name twice`() {
        for program in Self.programs {
            let names = program.declared.map(\.name)
            #expect(Set(names).count == names.count)
        }
    }

    @Test func `a name meant for another program is not a mistake, in the environment or in a file`() {
        let environment = ["RINGWAY_DRAIN_OVER": "5s", "RINGWAY_LINK_PORT": "nonsense", "RINGWAY_GATEWAY": "x:1"]
        guard case .run = load(.registry, ["--config", "f"], environment, file: "weight: 50\nloops: 3\n") else {
            Issue.record("refused")
            return
        }
    }

    @Test func `a flag of another program is a mistake`() {
        guard case .refused(let problems) = load(.registry, ["--drain-over", "5s"]) else {
            Issue.record("it started")
            return
        }
        #expect(problems.map(\.place) == ["--drain-over"])
    }

    @Test func `the registry refuses a heartbeat that one lost packet would make fatal`() {
        guard case .refused(let problems) = load(.registry, ["--lease", "1s", "--heartbeat", "600ms"]) else {
            Issue.record("it started")
            return
        }
        #expect(problems.map(\.place) == ["--heartbeat"])
    }

    @Test(arguments: [
        ("path", true), ("query:user", true), ("header:X-User", true), ("query:", false), ("cookie:a", true),
        ("header:a b", false), ("", false), ("token", true), ("cookie:a=b", false), ("header:X-Ringway-User", false),
        ("header:x_RINGWAY_User", false), ("header:x-ringer", true),
    ])
    func `a user source is one of five spellings`(_ text: String, _ accepted: Bool) {
        #expect((GatewaySettings.userFrom.complaint(about: text) == nil) == accepted)
    }

    @Test(arguments: [
        ("http://127.0.0.1:7300", true), ("http://a:1,http://b:2", true), ("https://a", false), ("a:7300", false),
        ("http://a:1,", false), ("http://a b", false),
    ])
    func `a node's registries are a list of URLs`(_ text: String, _ accepted: Bool) {
        #expect((NodeSettings.registry.complaint(about: text) == nil) == accepted)
    }

    @Test func `version says the name and the number`() {
        guard case .answer(let text) = load(.gateway, ["--version"]) else {
            Issue.record("no answer")
            return
        }
        #expect(text == "ringway-gateway \(Program.version)\n")
    }
}
