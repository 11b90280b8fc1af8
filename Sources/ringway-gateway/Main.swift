import Gateway
import Operations

@main
enum Main {
    static func main() async {
        await Program.gateway.run { launch in try await GatewayProcess.services(launch) }
    }
}
