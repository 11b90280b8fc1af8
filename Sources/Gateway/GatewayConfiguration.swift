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
    let userSource: UserSource
    let origins: OriginRules
    let limits: EdgeLimits
    let loops: Int

    /// Reads them; the grammar was checked when they were loaded, what is left is what only the values' own types know.
    init(_ settings: Settings) throws {
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
        let userSource = take(GatewaySettings.userFrom) {
            guard let source = UserSource(settings[GatewaySettings.userFrom]) else { throw NoSource() }
            return source
        }
        guard let redis, let keyspace, let services, let userSource else { throw SettingsRefused(problems) }
        self.redis = redis
        self.keyspace = keyspace
        self.services = services
        self.userSource = userSource
        origins = OriginRules(allowed: settings[GatewaySettings.origins])
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

    private struct NoSource: Error, CustomStringConvertible {
        let description = "expected query:NAME, header:NAME or path"
    }
}
