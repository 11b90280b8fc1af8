import CTLS
import TestClients
import Testing

@Suite(.serialized) struct CertificateTests {
    private let certificates: Certificates

    init() throws { certificates = try Certificates() }

    private func connect(
        _ server: TLSContext, _ client: TLSContext, to host: String
    ) throws -> (TLSPeer, TLSPeer) {
        let pair = (try TLSPeer(client: client, to: host), try TLSPeer(server: server))
        TLSPeer.carry(pair.0, pair.1)
        return pair
    }

    @Test("The server name picks the certificate: spelled out before a wildcard, the first one for everybody else")
    func serverName() throws {
        // The wildcard's certificate has run out, so that it can be told from the others.
        let pairs = [
            try certificates.leaf("first", for: "DNS:first.example,DNS:other.example"),
            try certificates.leaf("wild", for: "DNS:*.chat.example", expired: true),
            try certificates.leaf("plain", for: "DNS:a.chat.example"),
        ]
        let server = try TLSContext(server: pairs)
        let client = try TLSContext(trusting: certificates.authority)
        for name in ["first.example", "other.example", "a.chat.example"] {
            let (peer, _) = try connect(server, client, to: name)
            #expect(peer.isReady, "\(name): \(peer.error)")
        }
        let (wild, _) = try connect(server, client, to: "b.chat.example")
        #expect(wild.fault == Int(CTLS_FAULT_EXPIRED), "\(wild.error)")
        let (unknown, _) = try connect(server, client, to: "unknown.example")
        #expect(unknown.fault == Int(CTLS_FAULT_WRONG_NAME))
    }

    @Test("A server with a trust file demands a certificate that it trusts, and for the name it expects")
    func clientCertificates() throws {
        let leaf = try certificates.leaf("node", for: "DNS:node.example")
        let gateway = try certificates.leaf("gateway", for: "DNS:cluster.example")
        let strangers = try Certificates()
        let stranger = try strangers.leaf("stranger", for: "DNS:cluster.example")
        let server = try TLSContext(server: [leaf], trusting: certificates.authority)

        let with = try TLSContext(trusting: certificates.authority, showing: gateway)
        let (good, goodServer) = try connect(server, with, to: "node.example")
        #expect(good.isReady && goodServer.isReady, "\(goodServer.error)")

        let without = try TLSContext(trusting: certificates.authority)
        let (_, bare) = try connect(server, without, to: "node.example")
        #expect(bare.fault == Int(CTLS_FAULT_NO_CERTIFICATE), "\(bare.error)")

        let foreign = try TLSContext(trusting: certificates.authority, showing: stranger)
        let (_, refused) = try connect(server, foreign, to: "node.example")
        #expect(refused.fault == Int(CTLS_FAULT_UNTRUSTED), "\(refused.error)")
        #expect(refused.error.contains("client's certificate"))

        let strict = try TLSContext(server: [leaf], trusting: certificates.authority, expecting: "cluster.example")
        #expect(try connect(strict, with, to: "node.example").1.isReady)
        let other = try TLSContext(trusting: certificates.authority, showing: leaf)
        #expect(try connect(strict, other, to: "node.example").1.fault == Int(CTLS_FAULT_WRONG_NAME))
    }

    @Test("A client's certificate is read again like a server's")
    func clientReload() throws {
        let leaf = try certificates.leaf("node", for: "DNS:node.example")
        let strangers = try Certificates()
        let stranger = try strangers.leaf("stranger", for: "DNS:cluster.example")
        let server = try TLSContext(server: [leaf], trusting: certificates.authority)
        let client = try TLSContext(trusting: certificates.authority, showing: stranger)
        #expect(try connect(server, client, to: "node.example").1.hasFailed)
        #expect(throws: TLSContext.Failure.self) {
            try client.reload(trusting: certificates.authority, showing: ("/none.pem", "/none.key"))
        }
        try client.reload(
            trusting: certificates.authority, showing: certificates.leaf("gateway", for: "DNS:cluster.example"))
        #expect(try connect(server, client, to: "node.example").1.isReady)
    }

    @Test("The first end of several certificates is told, and a key with a password is refused instead of asked for")
    func ends() throws {
        let leaf = try certificates.leaf("node", for: "DNS:node.example")
        let old = try certificates.leaf("old", for: "DNS:old.example", expired: true)
        #expect(try TLSContext(server: [leaf]).expiry > 1_700_000_000)
        #expect(try TLSContext(server: [leaf, old]).expiry == 1_577_923_200)
        #expect(try TLSContext(trusting: certificates.authority).expiry == 0)
        let locked = certificates.path("locked.key")
        try certificates.openssl("ec", "-in", leaf.key, "-aes128", "-passout", "pass:secret", "-out", locked)
        #expect(throws: TLSContext.Failure.self) { try TLSContext(server: [(leaf.chain, locked)]) }
        #expect(throws: TLSContext.Failure.self) { try TLSContext(server: []) }
    }
}
