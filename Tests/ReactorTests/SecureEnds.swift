import Reactor
import TestClients

/// What both ends of a test's TLS connections need: a certificate of a node, and a client that trusts its authority.
struct SecureEnds {
    let certificates: Certificates
    let server: TLSServer
    let target: TLSTarget

    init() throws {
        certificates = try Certificates()
        let leaf = try certificates.leaf("node", for: "DNS:node.example,IP:127.0.0.1")
        server = try TLSServer(.init(pairs: [TLSPair(chain: leaf.chain, key: leaf.key)]))
        target = try TLSClient(.init(trust: certificates.authority)).expecting("node.example")
    }
}
