import Admission
import ClusterModel
import Edge
import Logging
import RingSync
import SessionLink

/// What all loops of a gateway share: values, and objects that any thread may use.
struct GatewayShared: Sendable {
    /// One service as a loop sees it.
    struct Service: Sendable {
        let name: ServiceName
        let cache: RingCache
        /// Asks for the ring to be read again: somebody knows a higher epoch.
        let refresh: @Sendable () -> Void
    }

    let id: String
    let services: [Service]
    let identity: IdentityRules
    let limits: EdgeLimits
    /// How many event loops share the clients.
    let loops: Int
    /// By what nodes are known on links, and this gateway to them.
    let trust: LinkTrust
    let logger: Logger
    /// How many clients all loops together take.
    var bounds = ProcessBounds()
    /// Towards clients and on links.
    var encryption = Encryption()
    /// Where loops put what they suspect; nil where no registry is to hear of it.
    var suspicions: SuspicionMailbox?

    /// How long a client may wait for its owner before it hears 504 (or 503 while the ring is being read). Below the
    /// patience of browsers and load balancers, above a reconnect of the link.
    static let attachTime = Duration.seconds(5)
}
