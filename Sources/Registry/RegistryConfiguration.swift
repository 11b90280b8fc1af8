import ClusterModel
import Operations
import RedisLink

/// What one registry process was told to do; every value is checked.
public struct RegistryConfiguration: Sendable {
    /// Where the HTTP API listens; numeric.
    public let host: String
    /// The HTTP API's port; 0 takes a free one.
    public let port: Int
    /// Where the rings are kept.
    public let redisURL: RedisURL
    /// What every key and channel starts with.
    public let keyspace: Keyspace
    /// The services to look after from the start; those the store knows are added.
    public let services: [ServiceName]
    /// How leases, heartbeats and epochs are timed.
    public let timing: RegistryTiming
    /// Where nodes may stand.
    public let networks: AllowedNetworks
    /// By what nodes and callers are known.
    public let credentials: RegistryCredentials

    /// A configuration of checked values; by default that of a development cluster on this machine.
    public init(
        host: String, port: Int, redisURL: RedisURL, keyspace: Keyspace, services: [ServiceName],
        timing: RegistryTiming, networks: AllowedNetworks = .loopback, credentials: RegistryCredentials = .development
    ) {
        self.host = host
        self.port = port
        self.redisURL = redisURL
        self.keyspace = keyspace
        self.services = services
        self.timing = timing
        self.networks = networks
        self.credentials = credentials
    }

    /// Takes the values of a program's settings; what only a lower layer can judge is listed like any other problem.
    public init(_ settings: Settings) throws(SettingsRefused) {
        var problems: [SettingProblem] = []
        var redisURL: RedisURL?
        do throws(RedisURLError) {
            redisURL = try RedisURL(settings[CommonSettings.redisURL])
        } catch {
            problems.append(settings.problem(CommonSettings.redisURL, error.description))
        }
        var keyspace: Keyspace?
        do throws(KeyspaceError) {
            keyspace = try Keyspace(prefix: settings[CommonSettings.prefix])
        } catch {
            problems.append(settings.problem(CommonSettings.prefix, error.description))
        }
        var services: [ServiceName] = []
        for text in settings[RegistrySettings.services] {
            do throws(ServiceNameError) {
                services.append(try ServiceName(text))
            } catch {
                problems.append(settings.problem(RegistrySettings.services, error.description))
            }
        }
        var networks: [IPNetwork] = []
        for text in settings[TrustSettings.networks] {
            if let network = IPNetwork(text) {
                networks.append(network)
            } else {
                problems.append(
                    settings.problem(
                        TrustSettings.networks,
                        "\"\(text.prefix(64))\" is no network: expected 10.0.0.0/8 or fd00::/8, no bits behind the prefix"
                    ))
            }
        }
        var credentials: RegistryCredentials?
        do throws(SettingsRefused) { credentials = try RegistryCredentials(settings) } catch {
            problems += error.problems
        }
        guard let redisURL, let keyspace, let credentials, problems.isEmpty else { throw SettingsRefused(problems) }
        let host = settings[RegistrySettings.host]
        let isLoopback = AllowedNetworks.loopback.contains(host)
        self.init(
            host: host, port: settings[RegistrySettings.port], redisURL: redisURL,
            keyspace: keyspace, services: services,
            timing: RegistryTiming(
                lease: settings[RegistrySettings.lease], heartbeat: settings[RegistrySettings.heartbeat],
                gather: settings[RegistrySettings.gather]),
            networks: networks.isEmpty ? (isLoopback ? .loopback : .privateNetworks) : AllowedNetworks(networks),
            credentials: credentials)
    }
}

/// The times a registry keeps to.
public struct RegistryTiming: Sendable, Hashable {
    /// How long a node may be silent before it is down.
    public let lease: Duration
    /// How often nodes are asked to report.
    public let heartbeat: Duration
    /// How long changes are gathered into one epoch.
    public let gather: Duration
    /// How long the first of the gathered changes waits at most.
    public let longestGather: Duration
    /// How long a node has to answer the registry's call back.
    public let callBack: Duration

    /// Three heartbeats to a lease, so that one lost packet changes nothing; a second for a call back.
    public init(
        lease: Duration = .seconds(3), heartbeat: Duration = .seconds(1), gather: Duration = .milliseconds(200),
        callBack: Duration = .seconds(1)
    ) {
        self.lease = lease
        self.heartbeat = heartbeat
        self.gather = gather
        longestGather = gather * 5
        self.callBack = callBack
    }
}
