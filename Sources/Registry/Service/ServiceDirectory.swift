import ClusterModel
import Logging

/// All services this registry looks after: those it was told to, and those the store knows.
actor ServiceDirectory {
    typealias MakeLoop = @Sendable (ServiceName) -> RegistryLoop
    /// The services the store knows, or why it cannot say.
    typealias KnownServices = @Sendable () async throws(ServiceStoreError) -> [ServiceName]

    /// How often the store is asked for services that somebody added; in between a new one is unknown here.
    static let interval = Duration.seconds(5)

    private var loops: [ServiceName: RegistryLoop] = [:]
    private let configured: [ServiceName]
    private let makeLoop: MakeLoop
    private let knownServices: KnownServices
    private let logger: Logger
    /// Whether the store's list was read at least once: before that, nobody can say that a service does not exist.
    private(set) var hasReadList = false

    init(
        configured: [ServiceName], logger: Logger, knownServices: @escaping KnownServices, makeLoop: @escaping MakeLoop
    ) {
        self.configured = configured
        self.makeLoop = makeLoop
        self.knownServices = knownServices
        self.logger = logger
        for service in configured { loops[service] = makeLoop(service) }
    }

    /// The loop of a service; `nil` if nobody told us of it.
    func loop(_ service: ServiceName) -> RegistryLoop? {
        loops[service]
    }

    /// All loops by their service's name.
    var all: [RegistryLoop] {
        loops.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Runs every loop, and those of services that appear, until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for loop in all { group.addTask { await loop.run() } }
            var pause = Duration.milliseconds(200)
            while !Task.isCancelled {
                do throws(ServiceStoreError) {
                    for service in try await knownServices() where loops[service] == nil {
                        let loop = makeLoop(service)
                        loops[service] = loop
                        logger.notice("looking after a service the store knows", metadata: ["service": "\(service)"])
                        group.addTask { await loop.run() }
                    }
                    hasReadList = true
                    pause = Self.interval
                } catch {
                    logger.debug("the store's services could not be read", metadata: ["reason": "\(error)"])
                }
                // Nobody announces a service that is put into the store by hand. A cancelled task falls through to the end.
                try? await Task.sleep(for: pause)
            }
        }
    }
}
