import ArgumentParser

/// Which node owns a user.
struct WhereVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "where", abstract: "Say which node owns a user, as a gateway sees it.")

    @Argument(help: "The user.")
    var user: String

    @OptionGroup var place: ServiceOption
    @OptionGroup var gateway: GatewayOption

    @Flag(help: "Print the gateway's answer as it is.")
    var json = false

    func validate() throws {
        try Names.checkUser(user)
    }

    func run() async throws {
        let found = try await WhereAnswer.ask(user, place.service, try gateway.addresses())
        if json { Output.say(json: found.body) } else { Output.say(found.answer.sentence) }
    }
}
