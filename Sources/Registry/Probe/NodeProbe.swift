import ClusterModel
import Reactor
import SessionLink

/// The registry's own call to a node: opens a link, says hello, and reads who answers.
///
/// A node is up only after it was found where it says it is: a wrong address would send users to nobody, and a stale one
/// to somebody else.
public struct NodeProbe: Sendable {
    private let callers: LoopBound<ProbeCaller>

    /// A probe whose sockets live on `loop`.
    public init(on loop: LoopHandle) async throws {
        callers = try await loop.run { loop in LoopBound(ProbeCaller(on: loop), to: loop) }
    }

    /// Calls a node and says what was found; never takes longer than `deadline` once the host's name is resolved.
    public func call(
        _ record: NodeRecord, service: ServiceName, epoch: Epoch?, deadline: Duration
    ) async -> ProbeVerdict {
        let addresses: [SocketAddress]
        do {
            addresses = try await Resolver.resolve(host: record.address.host, port: record.address.port)
        } catch {
            return .silent(reason: "\(error)")
        }
        guard let address = addresses.first else { return .silent(reason: "\(record.address) has no address") }
        let hello = LinkHello(
            role: .registry, service: service.text, sender: "registry", target: record.id.text, targetLoop: 0,
            epoch: epoch?.value ?? 0
        ).frame()
        return await withCheckedContinuation { continuation in
            let posted = callers.loop.post { [callers] loop in
                callers.value(on: loop).call(address, hello: hello, deadline: deadline, on: loop) { verdict in
                    continuation.resume(returning: verdict)
                }
            }
            if !posted { continuation.resume(returning: .silent(reason: "the registry is shutting down")) }
        }
    }
}
