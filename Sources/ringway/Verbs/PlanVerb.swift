import ArgumentParser
import Foundation
import HashRing

/// What a change would do.
struct PlanVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say what adding, removing or weighting a node would move. Changes nothing.")

    @OptionGroup var options: RegistryOptions

    @Option(help: ArgumentHelp("Node that would come, or get another weight.", valueName: "id"))
    var add: String?

    @Option(help: ArgumentHelp("Its weight, 0…10000.", valueName: "percent"))
    var weight = 100

    @Option(help: ArgumentHelp("Node that would go.", valueName: "id"))
    var remove: String?

    @Flag(help: "Print the registry's answer as it is.")
    var json = false

    func validate() throws {
        guard (add == nil) != (remove == nil) else { throw ValidationError("expected either --add ID or --remove ID") }
        guard RingMember.weights.contains(weight) else { throw ValidationError("--weight \(weight): expected 0…10000") }
        for id in [add, remove].compactMap({ $0 }) { try Names.checkNode(id) }
    }

    private struct Answer: Decodable {
        struct Node: Decodable {
            let id: String
            let share: Double?
            let shareAfter: Double?

            private enum CodingKeys: String, CodingKey {
                case id, share
                case shareAfter = "share_after"
            }
        }
        let moved: Double
        let ranges: Int
        let nodes: [Node]
    }

    func run() async throws {
        let query = add.map { "add=\($0)&weight=\(weight)" } ?? "remove=\(remove ?? "")"
        let body = try await options.call("GET", "plan?\(query)")
        if json { return Output.say(json: body) }
        let answer = try ServerCall.decode(Answer.self, body, from: "the registry")
        let ink = Ink(for: STDOUT_FILENO)
        Output.say("\(RingText.percent(answer.moved)) of the users would get another owner, in \(answer.ranges) ranges")
        Output.say("")
        var table = TextTable(["node", "now", "then", ""], sides: [.left, .right, .right], ink: ink)
        let largest = answer.nodes.map { max($0.share ?? 0, $0.shareAfter ?? 0) }.max() ?? 0
        for node in answer.nodes {
            table.add([
                node.id, node.share.map(RingText.percent) ?? "–", node.shareAfter.map(RingText.percent) ?? "–",
                Bar.text(node.shareAfter ?? 0, of: largest, width: 30),
            ])
        }
        for line in table.lines { Output.say(line) }
    }
}
