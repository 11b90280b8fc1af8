import ArgumentParser
import Foundation

/// Which nodes the registry knows.
struct NodesVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "Show a service's nodes: state, sessions, how long they have been silent.")

    @OptionGroup var options: RegistryOptions

    @Flag(help: "Print the registry's answer as it is.")
    var json = false

    private struct Answer: Decodable {
        struct Node: Decodable {
            let id: String
            let state: String
            let kind: String
            let address: String
            let url: String
            let weight: Int
            let zone: String
            let share: Double?
            let sessions: Int
            let epoch: UInt64
            let silentMilliseconds: Int
            let sinceMilliseconds: Int

            private enum CodingKeys: String, CodingKey {
                case id, state, kind, address, url, weight, zone, share, sessions, epoch
                case silentMilliseconds = "silent_ms"
                case sinceMilliseconds = "since_ms"
            }
        }
        let epoch: UInt64
        let frozen: Bool
        let nodes: [Node]
    }

    func run() async throws {
        let body = try await options.call("GET", "nodes")
        if json { return Output.say(json: body) }
        let answer = try ServerCall.decode(Answer.self, body, from: "the registry")
        let ink = Ink(for: STDOUT_FILENO)
        if answer.frozen {
            Output.say(ink(.red, "frozen: too many nodes fell silent at once; nobody is declared down"))
        }
        if answer.nodes.isEmpty { return Output.say("no nodes") }
        var table = TextTable(
            ["node", "state", "for", "sessions", "weight", "share", "heard", "ring", "url"],
            sides: [.left, .left, .right, .right, .right, .right, .right, .left], ink: ink)
        for node in answer.nodes {
            let ring = node.epoch == answer.epoch ? "current" : node.epoch == 0 ? "none" : "\(node.epoch)"
            table.add([
                node.id, node.state, Span.text(milliseconds: node.sinceMilliseconds), "\(node.sessions)",
                "\(node.weight)",
                RingText.percent(node.share ?? 0), "\(Span.text(milliseconds: node.silentMilliseconds)) ago", ring,
                node.url,
            ])
        }
        for line in table.lines { Output.say(line) }
    }
}

/// A span of time in its largest fitting unit: `350 ms`, `2.1 s`, `4 min`, `3 h`, `12 d`.
enum Span {
    static func text(milliseconds: Int) -> String {
        switch milliseconds {
        case ..<1000: "\(max(0, milliseconds)) ms"
        case ..<60_000: "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
        case ..<3_600_000: "\(milliseconds / 60_000) min"
        case ..<86_400_000: "\(milliseconds / 3_600_000) h"
        default: "\(milliseconds / 86_400_000) d"
        }
    }
}
