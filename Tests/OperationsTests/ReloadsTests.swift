import Logging
import Operations
import Synchronization
import Testing

private struct Broken: Error {}

@Suite struct ReloadsTests {
    @Test("Every thing is reloaded in order, and one that fails keeps none of the others from theirs")
    func each() async {
        let reloads = Reloads(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let calls = Atomic<Int>(0)
        reloads.add("first") {
            calls.add(1, ordering: .relaxed)
            return "one"
        }
        reloads.add("second") { throw Broken() }
        reloads.add("third") { "call \(calls.add(1, ordering: .relaxed).newValue)" }
        let outcomes = await reloads.reloadAll()
        #expect(
            outcomes == [
                .init(what: "first", now: "one"), .init(what: "second", now: nil), .init(what: "third", now: "call 2"),
            ])
    }
}
