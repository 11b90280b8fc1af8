import ArgumentParser
import Foundation
import Reactor
import RingwayClient

/// The options of both loads.
struct LoadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to connect, with {i} for the connection's number and {user} for its user. Default: the gateways in turn, "
                + "ws://GATEWAY/SERVICE?user={user}.", valueName: "ws://…"))
    var url: String?

    @Option(help: ArgumentHelp("A user's name, with {i} for the number.", valueName: "text"))
    var user = "user{i}"

    @Option(help: ArgumentHelp("Bytes of a message.", valueName: "n"))
    var size = 64

    @Option(help: ArgumentHelp("Messages under way per connection.", valueName: "n"))
    var window = 1

    @Option(
        help: ArgumentHelp(
            "Messages per second in all, whatever has come back (an open loop: latency counts from when a message was due).",
            valueName: "n"))
    var rate: Double?

    @Option(help: ArgumentHelp("How long to measure.", valueName: "s"))
    var seconds = 5.0

    @Option(help: ArgumentHelp("How long to send before that.", valueName: "s"))
    var warmup = 1.0

    @Option(help: ArgumentHelp("Threads that make the load.", valueName: "n"))
    var loops = 1

    @Option(
        help: ArgumentHelp(
            "Process whose processor time per message is reported; may be given again.", valueName: "pid"))
    var pid: [Int32] = []

    @Flag(help: "Print one JSON line.")
    var json = false

    @OptionGroup var place: ServiceOption
    @OptionGroup var gateway: GatewayOption
    @OptionGroup var secure: SecureOption

    func validate() throws {
        guard (1...16 << 20).contains(size) else { throw ValidationError("--size \(size): expected 1…16777216") }
        guard (1...65_536).contains(window) else { throw ValidationError("--window \(window): expected 1…65536") }
        guard (0.1...86_400).contains(seconds) else {
            throw ValidationError("--seconds \(seconds): expected 0.1…86400")
        }
        guard (0...3600).contains(warmup) else { throw ValidationError("--warmup \(warmup): expected 0…3600") }
        guard (1...64).contains(loops) else { throw ValidationError("--loops \(loops): expected 1…64") }
        if let rate, !(rate > 0 && rate <= 1e8) {
            throw ValidationError("--rate \(rate): expected more than 0, at most 1e8")
        }
        if let url {
            let probe = url.replacing("{user}", with: "u").replacing("{i}", with: "0")
            do { _ = try WebSocketURL(probe) } catch { throw ValidationError("--url: \(error)") }
        }
    }

    /// Runs the load and prints its report.
    func run(_ kind: LoadPlan.Kind, connections: Int) throws {
        let urls = try urls()
        let report = try Waiting.run { [self] in
            var doors: [(url: String, address: SocketAddress)] = []
            for (text, host, port) in urls {
                // The first address will do: a load does not look for a way around.
                guard let address = try await Resolver.resolve(host: host, port: port).first else { continue }
                doors.append((text, address))
            }
            let plan = LoadPlan(
                kind: kind, doors: doors, user: user, connections: connections, size: size, window: window, rate: rate,
                warmup: .seconds(warmup), duration: .seconds(seconds), loops: min(loops, connections),
                tls: try secure.client())
            return try await LoadRun.run(plan, pids: pid)
        }
        Output.say(json ? report.json : report.text)
        if report.hasErrors { throw ExitCode(1) }
    }

    private func urls() throws -> [(text: String, host: String, port: Int)] {
        if let url {
            let parsed = try WebSocketURL(url.replacing("{user}", with: "u").replacing("{i}", with: "0"))
            return [(url, parsed.host, parsed.port)]
        }
        return try gateway.addresses().map {
            (
                "\(secure.isSecure ? "wss" : "ws")://\($0)/\(PercentEncoding.text(place.service))?user={user}", $0.host,
                $0.port
            )
        }
    }
}
