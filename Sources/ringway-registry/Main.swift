import Operations
import Registry

/// `ringway-registry`: watches which nodes are up and writes each service's ring to Redis.
@main
enum Main {
    static func main() async {
        await Program.registry.run { launch in
            try await RegistryProcess(launch).services
        }
    }
}
