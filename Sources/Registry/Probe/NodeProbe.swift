import ClusterModel
import Reactor
import SessionLink

/// The registry's own call to a node: opens a link, says hello, and reads who answers.
///
/// A node is up only after it was found where it says it is: a wrong address would send users to nobody, and a stale one
/// to somebody else.
public struct NodeProbe: Sendable {
    private let callers: LoopBound<ProbeCaller>
    private let trust: LinkTrust
    private let tls: TLSClient?

    /// A probe whose sockets live on `loop`, and that knows nodes by `trust`.
    ///
    /// - Parameter tls: what calls trust and show where links are TLS.
    public init(on loop: LoopHandle, trust: LinkTrust, tls: TLSClient? = nil) async throws {
        self.trust = trust
        self.tls = tls
        callers = try await loop.run { loop in LoopBound(ProbeCaller(on: loop), to: loop) }
    }

    /// Calls a node and says what was found; never takes longer than `deadline` once the host's name is resolved.
    ///
    /// - Parameter key: what the process said when it registered; the answer must show that it knows it. `nil` for a node
    ///   that only the store remembers: then the link secret alone says whether it is one of ours.
    public func call(
        _ record: NodeRecord, key: ProofKey?, service: ServiceName, epoch: Epoch?, deadline: Duration
    ) async -> ProbeVerdict {
        let addresses: [SocketAddress]
        do {
            addresses = try await Resolver.resolve(host: record.address.host, port: record.address.port)
        } catch {
            return .silent(reason: "\(error)")
        }
        guard let address = addresses.first else { return .silent(reason: "\(record.address) has no address") }
        guard trust.permits(isLoopback: address.isLoopback) else {
            return .unproven(reason: "without a link secret only nodes on loopback are called (--link-secret-file)")
        }
        let handshake = CallerHandshake(
            LinkHello(
                role: .registry, service: service.text, sender: "registry", target: record.id.text, targetLoop: 0,
                epoch: epoch?.value ?? 0),
            secrets: trust.secrets)
        return await withCheckedContinuation { continuation in
            let target = tls?.expecting(record.address.host)
            let posted = callers.loop.post { [callers] loop in
                callers.value(on: loop).call(
                    address, handshake, incarnation: record.incarnation.value, key: key, deadline: deadline,
                    tls: target,
                    on: loop, finish: { continuation.resume(returning: $0) })
            }
            if !posted { continuation.resume(returning: .silent(reason: "the registry is shutting down")) }
        }
    }
}
