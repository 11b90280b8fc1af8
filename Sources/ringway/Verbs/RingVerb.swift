import ArgumentParser
import ClusterModel
import Foundation
import HashRing

/// How the circle is shared.
struct RingVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ring", abstract: "Show a service's ring: epoch, digest, and each node's share of the circle.")

    @OptionGroup var options: RegistryOptions

    @Flag(help: "Print the ring document as it is.")
    var json = false

    func run() async throws {
        let snapshot = try await options.ring()
        if json { return Output.say(json: snapshot.bytes) }
        for line in RingText(snapshot, ink: Ink(for: STDOUT_FILENO)).lines { Output.say(line) }
    }
}

/// A ring for people.
struct RingText {
    let lines: [String]

    init(_ snapshot: RingSnapshot, ink: Ink) {
        let ring = snapshot.ring
        let epoch = Date(timeIntervalSince1970: Double(snapshot.epoch.value) / 1000)
        var lines = [
            "\(ink(.bold, snapshot.service.text))  epoch \(snapshot.epoch) (\(epoch.formatted(.iso8601)))  "
                + "digest \(Hex16.string(snapshot.digest))",
            "plan \(snapshot.plan.rawValue), delivery \(snapshot.delivery.rawValue), "
                + "\(snapshot.document.vnodes) points per 100 of weight, \(ring.pointCount) in all",
            "",
        ]
        var table = TextTable(
            ["node", "state", "weight", "share", "", "zone", "address"], sides: [.left, .left, .right, .right], ink: ink
        )
        let shares = snapshot.nodes.map { ring.share(of: $0.id).fraction }
        let largest = shares.max() ?? 0
        for (node, share) in zip(snapshot.nodes, shares) {
            table.add([
                node.id.text, node.state.rawValue, "\(node.weight)", Self.percent(share),
                Bar.text(share, of: largest, width: 30), node.zone, node.address?.description ?? "",
            ])
        }
        if snapshot.nodes.isEmpty {
            lines.append("no nodes: gateways answer 503 until one comes")
        } else {
            lines += table.lines
        }
        self.lines = lines
    }

    /// `33.4 %`.
    static func percent(_ fraction: Double) -> String {
        "\((fraction * 100).formatted(.number.precision(.fractionLength(1)).locale(Locale(identifier: "en_US_POSIX")))) %"
    }
}
