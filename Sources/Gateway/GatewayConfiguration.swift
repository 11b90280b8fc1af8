import Admission
import ClusterModel
import Edge
import Glibc
import Operations
import RedisLink
import SessionLink

/// A gateway's settings as values of their own types.
struct GatewayConfiguration: Sendable {
    let id: String
    let host: String
    let port: Int
    let adminHost: String
    let adminPort: Int
    let redis: RedisURL
    let keyspace: Keyspace
    let services: [ServiceName]
    /// Who hears of nodes that seem to be gone; nobody if empty.
    let registries: [HTTPURL]
    let identity: IdentityRules
    let limits: EdgeLimits
    let loops: Int

    /// Reads them; the grammar was checked when they were loaded, what is left is what only the values' own types know.
    init(_ settings: Settings) async throws {
        var problems: [SettingProblem] = []
        func take<Value>(_ setting: any DeclaredSetting, _ make: () throws -> Value) -> Value? {
            do { return try make() } catch { problems.append(settings.problem(setting, "\(error)")) }
            return nil
        }
        let redis = take(CommonSettings.redisURL) { try RedisURL(settings[CommonSettings.redisURL]) }
        let keyspace = take(CommonSettings.prefix) { try Keyspace(prefix: settings[CommonSettings.prefix]) }
        let services = take(GatewaySettings.services) {
            try settings[GatewaySettings.services].map { try ServiceName($0) }
        }
        let registries = take(GatewaySettings.registry) {
            try settings[GatewaySettings.registry].filter { !$0.isEmpty }.map { try HTTPURL($0) }
        }
        let identity = await IdentityRules.load(
            settings, userFrom: GatewaySettings.userFrom, services: services ?? [], ignoresOthers: false)
        if case .failure(let refused) = identity { problems += refused.problems }
        guard let redis, let keyspace, let services, let registries, case .success(let identity) = identity else {
            throw SettingsRefused(problems)
        }
        self.registries = registries
        self.redis = redis
        self.keyspace = keyspace
        self.services = services
        self.identity = identity
        var limits = EdgeLimits(settings)
        // Behind a message of full size there may be a round's small ones, and once the client stops reading all that its
        // node may still send: a window of credit and a chunk. A client within these is not slow, its credit is held back.
        limits.queueBytes += 3 * Int(Credit.window)
        self.limits = limits
        host = settings[GatewaySettings.host]
        port = settings[GatewaySettings.port]
        adminHost = settings[GatewaySettings.adminHost]
        adminPort = settings[GatewaySettings.adminPort]
        loops = settings[GatewaySettings.loops]
        let id = settings[GatewaySettings.id]
        // With a port of the system's choice the process number tells gateways of one machine apart.
        self.id = id.isEmpty ? "gateway-\(port == 0 ? Int(getpid()) : port)" : id
    }
}
