import ArgumentParser

/// Takes a node's users away.
struct DrainVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Let a node own nothing any more; its users move, it stays reachable.")

    @Argument(help: "The node's id.")
    var node: String

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        try Names.checkNode(node)
    }

    func run() async throws {
        _ = try await options.call("POST", "nodes/\(PercentEncoding.text(node))/drain")
        Output.say("\(node) drains; `ringway ring --service \(options.place.service)` shows the ring without it")
    }
}
