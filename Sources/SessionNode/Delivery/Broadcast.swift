import ClusterModel
import HashRing
import Reactor
import RedisLink

/// Delivery mode `broadcast`: every message is published to all nodes, and whoever holds the recipient delivers.
///
/// On connections of its own, so that a flood of messages cannot starve the ring's updates: each loop publishes by one, and
/// the first loop listens by another and hands each message to the loop that holds its recipient. At most once: nobody reports
/// back, so the sender hears `accepted`.
final class Broadcast {
    /// What a node needs to take part.
    struct Configuration: Sendable {
        let redis: RedisURL
        let channel: String
        let name: String
    }

    private let channel: RedisArgument
    private let publisher: RedisConnection
    private var subscription: RedisSubscription?
    private var published: UInt64 = 0

    init(_ configuration: Configuration, context: NodeContext) {
        channel = RedisArgument(configuration.channel)
        publisher = RedisConnection(
            on: context.loop, url: configuration.redis, name: "\(configuration.name)-publish-\(context.loopIndex)")
        publisher.start()
        guard context.loopIndex == 0 else { return }
        let subscription = RedisSubscription(
            on: context.loop, url: configuration.redis, name: "\(configuration.name)-broadcast",
            channels: [configuration.channel], prober: publisher, probePrefix: configuration.channel
        ) { [weak context] event in
            if case .message(_, let bytes) = event { context?.heard(bytes) }
        }
        subscription.start()
        self.subscription = subscription
    }

    /// Publishes a message. Without a connection it is refused: pub/sub keeps nothing for later.
    func deliver(_ message: UserMessage) -> DeliveryStatus {
        guard publisher.state == .up else { return .rejected(.unreachable) }
        guard publisher.commandsInFlight < RedisLimits().maxCommandsInFlight else { return .rejected(.busy) }
        published += 1
        guard let from = try? UserKey(bytes: message.from), let to = try? UserKey(bytes: message.to),
            let envelope = try? Envelope(
                from: from, to: to, messageClass: .broadcast, id: "\(published)", data: Array(message.payload))
        else { return .rejected(.badUser) }
        publisher.send(["PUBLISH", channel, RedisArgument(envelope.json)]) { _ in }
        return .accepted
    }

    /// Whether messages go out, and, on the loop that listens, come in.
    var isUp: Bool { publisher.state == .up && (subscription.map { $0.state == .up } ?? true) }

    func stop() {
        subscription?.stop()
        publisher.stop()
    }
}

extension NodeContext {
    /// Connects when the service's delivery mode asks for it. The connections are kept after that: a service that changes its
    /// mode once may change it back, and messages of other nodes' last moments still come.
    func followDelivery(_ mode: Delivery) {
        guard mode == .broadcast, broadcast == nil, let broadcastConfiguration else { return }
        broadcast = Broadcast(broadcastConfiguration, context: self)
    }

    /// A message of some node, maybe of this one, for whoever holds the recipient.
    fileprivate func heard(_ bytes: [UInt8]) {
        guard let envelope = try? Envelope(json: bytes) else {
            counters.unreadableBroadcasts += 1
            return
        }
        let hash = envelope.to.withUnsafeBytes { ring.hash(of: $0) }
        let index = identity.loop(ofHash: hash)
        if index == loopIndex { return receive(envelope, hash: hash) }
        guard index < siblings.count else { return }
        let sibling = siblings[index]
        sibling.loop.post { loop in sibling.value(on: loop).receive(envelope, hash: hash) }
    }

    private func receive(_ envelope: Envelope, hash: UInt64) {
        envelope.from.withUnsafeBytes { from in
            envelope.to.withUnsafeBytes { to in
                envelope.data.withUnsafeBytes { payload in
                    _ = deliverHere(UserMessage(from: from, to: to, hash: hash, payload: payload))
                }
            }
        }
    }
}
