import ArgumentParser
import Reactor
import RingwayClient
import WebSocketWire

/// Goes through the cases of a conformance suite's server with the client that `chat` and `bench` use. Not for people.
struct CasesVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cases", abstract: "Echo every case of a WebSocket conformance server.", shouldDisplay: false)

    @Option(help: ArgumentHelp("The suite's server.", valueName: "ws://host:port"))
    var url: String

    @Option(help: ArgumentHelp("The name that the suite's report gives this client.", valueName: "name"))
    var agent = "ringway"

    func run() throws {
        let server = try WebSocketURL(url)
        let agent = agent
        let (run, addresses) = try Waiting.run {
            (LoopGroup(count: 1, name: "cases"), try await Resolver.resolve(host: server.host, port: server.port))
        }
        defer { run.stop() }
        guard let address = addresses.first else { throw Failure("\(server): the name has no address") }
        let outcome = try Waiting.run {
            let (outcomes, continuation) = AsyncStream.makeStream(of: CaseEcho.Outcome.self)
            try await run.loops[0].run { loop in
                let echo = CaseEcho(host: server.host, port: server.port, address: address, agent: agent) { outcome in
                    continuation.yield(outcome)
                    continuation.finish()
                }
                echo.start(WebSocketClient(on: loop, delegate: echo, limits: CaseEcho.limits))
            }
            return await outcomes.first { _ in true }
        }
        switch outcome {
        case .done(let cases): Output.say("\(cases) cases")
        case .failed(let why): throw Failure(why)
        case nil: throw Failure("the loop ended before the last case")
        }
    }
}
