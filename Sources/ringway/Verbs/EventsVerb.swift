import ArgumentParser
import Foundation

/// The history of a ring.
struct EventsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Show how a service's ring came to be: one line per epoch, the newest last.")

    @OptionGroup var options: RegistryOptions

    @Option(help: ArgumentHelp("At most so many, the newest.", valueName: "n"))
    var count = 20

    @Flag(help: "Print the registry's answer as it is.")
    var json = false

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("--count \(count): expected 1…1000") }
    }

    private struct Answer: Decodable {
        struct Event: Decodable {
            let epoch: UInt64
            let cause: String?
            let by: String?
            let digest: String?
        }
        let events: [Event]
    }

    func run() async throws {
        let body = try await options.call("GET", "events?count=\(count)")
        if json { return Output.say(json: body) }
        let answer = try ServerCall.decode(Answer.self, body, from: "the registry")
        if answer.events.isEmpty { return Output.say("no events yet") }
        var table = TextTable(
            ["epoch", "when", "digest", "by", "cause"], sides: [.right], ink: Ink(for: STDOUT_FILENO))
        for event in answer.events.sorted(by: { $0.epoch < $1.epoch }).suffix(count) {
            // An epoch is at least the millisecond of its making, and hardly ever more.
            let when = Date(timeIntervalSince1970: Double(event.epoch) / 1000).formatted(.iso8601)
            table.add(["\(event.epoch)", when, event.digest ?? "", event.by ?? "", Printable.text(event.cause ?? "")])
        }
        for line in table.lines { Output.say(line) }
    }
}
