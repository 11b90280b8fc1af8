import Operations
import Reactor

/// What a process shows of its TLS; gateways and nodes share the names.
public enum EncryptionMetrics {
    /// The families; without samples where no TLS is configured.
    public static func families(_ encryption: Encryption, _ loops: [TLSCounters]) -> [MetricFamily] {
        var total = TLSCounters()
        for loop in loops { total.add(loop) }
        var expiries: [MetricFamily.Sample] = []
        if let clients = encryption.clients {
            expiries.append(.init(Double(clients.expiry), [.init("use", "clients")]))
        }
        let links = encryption.linkServer?.expiry ?? encryption.linkClient?.expiry ?? 0
        if links > 0 { expiries.append(.init(Double(links), [.init("use", "links")])) }
        return [
            MetricFamily(
                "ringway_tls_handshakes_total", .counter,
                help: "TLS handshakes completed, clients and links, by version.",
                total.handshakes.sorted { $0.key < $1.key }.map { .init(Double($0.value), [.init("version", $0.key)]) }),
            MetricFamily(
                "ringway_tls_resumed_total", .counter, help: "Handshakes that a session ticket shortened.",
                value: Double(total.resumed)),
            MetricFamily(
                "ringway_tls_failures_total", .counter, help: "TLS connections that failed or were cut off, by reason.",
                total.faults.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    .init(Double($0.value), [.init("reason", $0.key.label)])
                }),
            MetricFamily(
                "ringway_certificate_expiry_seconds", .gauge,
                help: "When the first certificate in use runs out, in Unix seconds.", expiries),
        ]
    }
}
