import Testing

@testable import Operations

/// A program with one setting of every kind.
private enum Sample {
    static let name = Setting<String>.text("name", form: "small letters", default: nil, help: "A name.") { text in
        !text.isEmpty && text.utf8.allSatisfy { (97...122).contains($0) }
    }
    static let workers = Setting<Int>.integer("workers", in: 1...64, default: 2, help: "Workers.")
    static let port = Setting<Int>.port("port", default: 7300, help: "A port.")
    static let lease = Setting<Duration>.duration(
        "lease", in: .milliseconds(100)...(.seconds(60)), default: .seconds(3), help: "A span.")
    static let buffer = Setting<Int>.size("buffer-size", in: 1024...(1 << 30), default: 1 << 20, help: "Bytes.")
    static let loud = Setting<Bool>.bool("loud", help: "A switch.")
    static let mode = Setting<String>.choice("mode", of: ["fast", "slow"], default: "fast", help: "A word.")
    static let tags = Setting<[String]>.list("tags", of: "words", default: "a", help: "Words.") { !$0.isEmpty }
    static let host = Setting<String>.bindHost("host", help: "Where.")
    static let peer = Setting<String>.host("peer", default: "", help: "Who.")
    static let store = Setting<String>.url(
        "store", schemes: ["redis://"], default: "redis://127.0.0.1:6379", help: "A URL.", isSecret: true)

    static let program = Program(
        name: "sample", role: "sample", summary: "is a sample",
        settings: [name, workers, port, lease, buffer, loud, mode, tags, host, peer, store],
        rules: [
            SettingRule(needs: [workers, port]) { settings in
                settings[workers] < 60 || settings[port] != 1 ? nil : settings.problem(workers, "too many for port 1")
            }
        ])
}

private func load(
    _ arguments: [String], _ environment: [String: String] = [:], file: String? = nil
) -> SettingsLoader.Outcome {
    struct NoFile: Error {}
    return SettingsLoader.load(Sample.program, arguments: arguments, environment: environment) { _ in
        guard let file else { throw NoFile() }
        return file
    }
}

private func settings(
    _ arguments: [String], _ environment: [String: String] = [:], file: String? = nil
) throws -> Settings {
    guard case .run(let settings) = load(["--name", "x"] + arguments, environment, file: file) else {
        throw Unexpected()
    }
    return settings
}

private func problems(
    _ arguments: [String], _ environment: [String: String] = [:], file: String? = nil
) -> [String] {
    guard case .refused(let problems) = load(arguments, environment, file: file) else { return [] }
    return problems.map(\.description)
}

private struct Unexpected: Error {}

@Suite struct SettingsTests {
    @Test func `a setting nobody gave has its default`() throws {
        let settings = try settings([])
        #expect(settings[Sample.workers] == 2)
        #expect(settings[Sample.lease] == .seconds(3))
        #expect(settings[Sample.buffer] == 1_048_576)
        #expect(settings[Sample.loud] == false)
        #expect(settings[Sample.tags] == ["a"])
        #expect(settings.origin(of: Sample.workers) == .standard)
    }

    @Test func `a flag wins over the environment, the environment over the file`() throws {
        let file = "workers: 3\nport: 3\nlease: 3s\n"
        let settings = try settings(
            ["--workers", "1", "--config", "f.yaml"], ["RINGWAY_WORKERS": "2", "RINGWAY_PORT": "2"], file: file)
        #expect(settings[Sample.workers] == 1)
        #expect(settings[Sample.port] == 2)
        #expect(settings[Sample.lease] == .seconds(3))
        #expect(settings.origin(of: Sample.lease) == .file(path: "f.yaml"))
    }

    @Test func `the settings file can be named by the environment`() throws {
        #expect(try settings([], ["RINGWAY_CONFIG": "f"], file: "workers: 9")[Sample.workers] == 9)
    }

    @Test(arguments: [
        ["--loud"], ["--loud=true"], ["--loud", "true"], ["--loud", "--workers", "3"],
    ])
    func `a switch may stand alone or with its value`(_ arguments: [String]) throws {
        #expect(try settings(arguments)[Sample.loud])
    }

    @Test func `a value may follow an equals sign, and may then begin with dashes`() throws {
        #expect(try settings(["--workers=7", "--tags=--a,b"])[Sample.tags] == ["--a", "b"])
    }

    @Test func `every problem is listed at once, whatever its source`() {
        let found = problems(
            ["--prot", "1", "--workers", "many", "stray", "--config", "f.yaml"],
            ["RINGWAY_LEASE": "3", "RINGWAY_LAESE": "3s", "PATH": "/bin"],
            file: "mode: quick\nbufer-size: 1KiB\n")
        #expect(
            found
                == [
                    "--prot: unknown flag; did you mean --port?",
                    "--workers: expected a whole number (1…64), got \"many\"",
                    "\"stray\": unexpected; every setting is given as --name value",
                    "RINGWAY_LAESE: unknown environment name; did you mean RINGWAY_LEASE?",
                    "RINGWAY_LEASE: expected a duration with its unit (100ms…1m, like 3s or 200ms), got \"3\"",
                    "f.yaml: mode: expected one of fast, slow, got \"quick\"",
                    "f.yaml: bufer-size: unknown setting; did you mean buffer-size?",
                    "--name: is required: small letters; A name.",
                ])
    }

    @Test(arguments: [
        ("--workers", "0"), ("--workers", "65"), ("--workers", "+3"), ("--workers", "3.0"), ("--workers", ""),
        ("--workers", "٣"), ("--port", "65536"), ("--port", "-1"), ("--lease", "3"), ("--lease", "3 s"),
        ("--lease", "99ms"), ("--lease", "61s"), ("--lease", "s"), ("--lease", "1.5s"),
        ("--lease", "99999999999999999999h"), ("--buffer-size", "1KB"), ("--buffer-size", "1023"),
        ("--buffer-size", "9999999999999GiB"), ("--mode", "Fast"), ("--tags", "a,,b"), ("--tags", "a,a"),
        ("--host", "example.org"), ("--host", "1.2.3"), ("--peer", "-x"), ("--peer", "a..b"), ("--peer", "a b"),
        ("--store", "http://x"), ("--store", "redis://"), ("--loud=yes", nil),
    ])
    func `a malformed value is refused and never replaced by the default`(_ flag: String, _ value: String?) {
        let found = problems(["--name", "x", flag] + (value.map { [$0] } ?? []))
        #expect(found.count == 1)
        #expect(found.first?.contains("expected") == true)
    }

    @Test func `a flag given twice is refused`() {
        #expect(
            problems(["--name", "x", "--port", "1", "--port", "2"]) == ["--port: given more than once"])
    }

    @Test func `a flag without its value is refused and does not swallow the next flag`() {
        #expect(problems(["--port", "--name", "x"]) == ["--port: needs a value: a port (0…65535)"])
        #expect(problems(["--name", "x", "--port"]) == ["--port: needs a value: a port (0…65535)"])
    }

    @Test func `a malformed value is refused even where a better source overrides it`() {
        #expect(problems(["--name", "x", "--port", "1"], ["RINGWAY_PORT": "x"]).count == 1)
    }

    @Test func `a secret is never repeated`() {
        let found = problems(["--name", "x", "--store", "redis:hunter2"])
        #expect(found.count == 1)
        #expect(found.allSatisfy { !$0.contains("hunter2") })
    }

    @Test func `a complaint cannot drive a terminal`() {
        let found = problems(["--name", "x", "--mode", "\u{1B}[2J\n\u{202E}"])
        #expect(found.first?.hasSuffix(#"got "\u001b[2J\n\u202e""#) == true)
    }

    @Test func `a rule over several settings points to where the value came from`() {
        #expect(
            problems(["--name", "x", "--port", "1"], ["RINGWAY_WORKERS": "61"])
                == ["RINGWAY_WORKERS: too many for port 1"])
    }

    @Test func `a rule is not asked about malformed values, but its problem joins the others`() {
        #expect(problems(["--name", "x", "--port", "1", "--workers", "x"]).count == 1)
        #expect(problems(["--port", "1", "--workers", "61"]).count == 2)
    }
}
