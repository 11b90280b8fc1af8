import Admission
import ClusterModel
import Edge
import HashRing
import Operations
import Reactor
import RedisLink

/// A node's settings as values of their own types.
struct NodeConfiguration: Sendable {
    let id: NodeID
    let service: ServiceName
    let host: String
    let linkPort: Int
    let directPort: Int
    let adminHost: String
    let adminPort: Int
    let advertiseHost: String
    let registries: [HTTPURL]
    let redis: RedisURL
    let keyspace: Keyspace
    let weight: Int
    let zone: String
    let identity: IdentityRules
    let limits: EdgeLimits
    let loops: Int
    let drainOver: Duration

    /// Reads them; the grammar was checked when they were loaded, what is left is what only the values' own types know.
    init(_ settings: Settings) async throws {
        var problems: [SettingProblem] = []
        func take<Value>(_ setting: any DeclaredSetting, _ make: () throws -> Value) -> Value? {
            do { return try make() } catch { problems.append(settings.problem(setting, "\(error)")) }
            return nil
        }
        let id = take(NodeSettings.id) { try NodeID(settings[NodeSettings.id]) }
        let service = take(NodeSettings.service) { try ServiceName(settings[NodeSettings.service]) }
        let redis = take(CommonSettings.redisURL) { try RedisURL(settings[CommonSettings.redisURL]) }
        let keyspace = take(CommonSettings.prefix) { try Keyspace(prefix: settings[CommonSettings.prefix]) }
        let registries = take(NodeSettings.registry) { try settings[NodeSettings.registry].map { try HTTPURL($0) } }
        let identity = await IdentityRules.load(
            settings, userFrom: NodeSettings.userFrom, services: service.map { [$0] } ?? [], ignoresOthers: true)
        if case .failure(let refused) = identity { problems += refused.problems }
        guard let id, let service, let redis, let keyspace, let registries, case .success(let identity) = identity
        else {
            throw SettingsRefused(problems)
        }
        self.id = id
        self.service = service
        self.redis = redis
        self.keyspace = keyspace
        self.registries = registries
        self.identity = identity
        var limits = EdgeLimits(settings)
        // A whole message and a round's other answers must fit behind each other, or a client that asks for a megabyte to be
        // echoed would be called slow.
        limits.queueBytes += 512 << 10
        self.limits = limits
        host = settings[NodeSettings.host]
        linkPort = settings[NodeSettings.linkPort]
        directPort = settings[NodeSettings.port]
        adminHost = settings[NodeSettings.adminHost]
        adminPort = settings[NodeSettings.adminPort]
        let advertised = settings[NodeSettings.advertiseHost]
        advertiseHost = advertised.isEmpty ? host : advertised
        weight = settings[NodeSettings.weight]
        zone = settings[NodeSettings.zone]
        loops = settings[NodeSettings.loops]
        drainOver = settings[NodeSettings.drainOver]
    }

    /// What the node says of itself, once its ports are known.
    ///
    /// - Parameter isSecure: whether clients come with wss://.
    func record(
        incarnation: Incarnation, linkPort: Int, directPort: Int, isSecure: Bool = false
    ) throws -> NodeRecord {
        let host = advertiseHost.contains(":") ? "[\(advertiseHost)]" : advertiseHost
        return try NodeRecord(
            id: id.text, incarnation: incarnation.value, address: "\(host):\(linkPort)",
            url: "\(isSecure ? "wss" : "ws")://\(host):\(directPort)/\(service)", weight: weight, zone: zone,
            loops: loops)
    }
}
