import Testing

@testable import Operations

@Suite struct SettingsFileTests {
    private func read(_ text: String) -> Result<[SettingsFile.Entry], SettingProblem> {
        SettingsFile.read("f.yaml") { _ in text }
    }

    private func complaint(_ text: String) -> String? {
        guard case .failure(let problem) = read(text) else { return nil }
        return problem.description
    }

    @Test func `values keep the text they have in the file`() throws {
        let entries = try read("a: 007\nb: on\nc: \"\"\nd: [x, y]\ne: 1e3\n").get()
        #expect(
            entries == [
                .init(key: "a", value: .text("007")), .init(key: "b", value: .text("on")),
                .init(key: "c", value: .text("")), .init(key: "d", value: .text("x,y")),
                .init(key: "e", value: .text("1e3")),
            ])
    }

    @Test func `what no setting can be is named, not guessed at`() throws {
        let entries = try read("a:\nb: {c: d}\ne: [[f]]\ng: [\"h,i\"]\n").get()
        #expect(
            entries.map(\.value) == [
                .unfit("nothing"), .unfit("a mapping"), .unfit("a list of something other than plain texts"),
                .unfit("a list of something other than plain texts"),
            ])
    }

    @Test func `an empty file says nothing`() throws {
        #expect(try read("").get().isEmpty)
        #expect(try read("# only a comment\n").get().isEmpty)
    }

    @Test func `a key given twice is refused`() {
        #expect(complaint("port: 1\nport: 2\n") == "f.yaml: given more than once: \"port\"")
    }

    @Test(arguments: ["- a\n- b\n", "just text", "a: [", "\ta: b", "a: b: c"])
    func `what is not one mapping is refused`(_ text: String) {
        #expect(complaint(text)?.hasPrefix("f.yaml: ") == true)
    }

    @Test func `a file that cannot be read is a problem like any other`() {
        struct Denied: Error, CustomStringConvertible { let description = "permission denied" }
        let outcome = SettingsLoader.load(
            .registry, arguments: ["--config", "/x", "--port", "y"], environment: [:]
        ) { _ in throw Denied() }
        guard case .refused(let problems) = outcome else {
            Issue.record("it started")
            return
        }
        #expect(problems.map(\.place) == ["--port", "/x"])
        #expect(problems.last?.message == "cannot be read: permission denied")
    }
}
