import CTLS
import TestClients
import Testing

@Suite(.serialized) struct SessionTests {
    private let certificates: Certificates
    private let server: TLSContext
    private let client: TLSContext

    init() throws {
        certificates = try Certificates()
        let leaf = try certificates.leaf("node", for: "DNS:node.example,DNS:*.wild.example,IP:127.0.0.1")
        server = try TLSContext(server: [leaf])
        client = try TLSContext(trusting: certificates.authority)
    }

    private func pair(_ host: String = "node.example", trusting other: TLSContext? = nil) throws -> (TLSPeer, TLSPeer) {
        (try TLSPeer(client: other ?? client, to: host), try TLSPeer(server: server))
    }

    @Test(
        "Client and server agree on TLS 1.3, the name arrives, and data goes both ways, also one byte at a time",
        arguments: [1, 7, 65536])
    func agree(_ step: Int) throws {
        let (client, server) = try pair()
        TLSPeer.carry(client, server, step: step)
        #expect(client.isReady && server.isReady)
        #expect(client.version == "TLSv1.3" && server.version == "TLSv1.3")
        #expect(server.serverName == "node.example" && client.serverName == "")
        #expect(client.write(Array("hello".utf8)) == 5)
        #expect(server.write(Array("welcome".utf8)) == 7)
        TLSPeer.carry(client, server, step: step)
        #expect(server.read() == Array("hello".utf8))
        #expect(client.read() == Array("welcome".utf8))
        #expect(client.read().isEmpty && client.isReady)
    }

    @Test("Megabytes arrive whole and in order, whatever room there is", arguments: [17 << 10, 40 << 10, 128 << 10])
    func large(_ room: Int) throws {
        let (client, server) = try pair()
        TLSPeer.carry(client, server)
        let message = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        var sent = 0
        var got: [UInt8] = []
        while got.count < message.count {
            let taken = client.write(Array(message[sent..<min(sent + 100_000, message.count)]), room: room)
            try #require(taken > 0 || sent == message.count)
            sent += taken
            server.feed(client.take(), plainRoom: room)
            got += server.read()
        }
        #expect(got == message)
    }

    @Test("What one call seals is a few large records, not one per message")
    func records() throws {
        let (client, server) = try pair()
        TLSPeer.carry(client, server)
        _ = client.take()
        #expect(client.write([UInt8](repeating: 7, count: 40_000)) == 40_000)
        #expect(client.take().count < 40_000 + 3 * 64)
        #expect(client.write([1], room: 16 << 10) == 0, "less room than a record: nothing is taken")
    }

    @Test("A handshake's flight may leave in small pieces")
    func smallFlights() throws {
        let (client, server) = try pair()
        while !client.wire.isEmpty || !server.wire.isEmpty {
            server.feed(client.take(), wireRoom: 100)
            client.feed(server.take(), wireRoom: 100)
        }
        #expect(client.isReady && server.isReady, "\(client.error) \(server.error)")
    }

    @Test(
        "A wildcard and an address that the certificate names are accepted", arguments: ["a.wild.example", "127.0.0.1"])
    func otherNames(_ host: String) throws {
        let (client, server) = try pair(host)
        TLSPeer.carry(client, server)
        #expect(client.isReady, "\(client.error)")
        #expect(server.serverName == (host == "127.0.0.1" ? "" : host), "an address is never sent as SNI")
    }

    @Test(
        "A name the certificate does not have is refused, with the reason, before any data",
        arguments: ["other.example", "a.b.wild.example", "127.0.0.2", "node", "node.example.evil"])
    func wrongHost(_ host: String) throws {
        let (client, server) = try pair(host)
        TLSPeer.carry(client, server)
        #expect(client.hasFailed)
        #expect(client.error.contains("mismatch"), "\(client.error)")
        #expect(client.fault == Int(CTLS_FAULT_WRONG_NAME))
        #expect(client.write([1]) == 0 && client.hasFailed)
        #expect(server.hasFailed, "the alert told the server: \(server.error)")
        #expect(server.fault == Int(CTLS_FAULT_ALERT))
    }

    @Test("An authority that is not trusted, and a certificate that has run out, are refused")
    func untrusted() throws {
        let strangers = try Certificates()
        let stranger = try TLSContext(trusting: strangers.authority)
        let (client, server) = try pair(trusting: stranger)
        TLSPeer.carry(client, server)
        #expect(client.hasFailed && client.error.contains("not accepted"), "\(client.error)")
        #expect(client.fault == Int(CTLS_FAULT_UNTRUSTED))

        let old = try certificates.leaf("old", for: "DNS:node.example", expired: true)
        let late = (
            try TLSPeer(client: self.client, to: "node.example"),
            try TLSPeer(server: TLSContext(server: [old]))
        )
        TLSPeer.carry(late.0, late.1)
        #expect(late.0.hasFailed && late.0.error.contains("expired"), "\(late.0.error)")
        #expect(late.0.fault == Int(CTLS_FAULT_EXPIRED))

        // The authority's own certificate, shown as a server's.
        let own = try TLSContext(server: [(certificates.authority, certificates.path("ca.key"))])
        let alone = (try TLSPeer(client: stranger, to: "node.example"), try TLSPeer(server: own))
        TLSPeer.carry(alone.0, alone.1)
        #expect(alone.0.fault == Int(CTLS_FAULT_SELF_SIGNED), "\(alone.0.error)")
    }

    @Test("TLS 1.1 is refused by the server and by the client; the same greeting with 1.2 is not")
    func oldVersions() throws {
        for (minor, accepted) in [(UInt8(1), false), (2, false), (3, true)] {
            let server = try TLSPeer(server: server)
            server.feed(Handcrafted.clientHello(minor: minor))
            #expect(server.hasFailed != accepted, "\(server.error)")
            #expect(accepted || server.fault == Int(CTLS_FAULT_VERSION))
            let answer = server.take()
            if accepted {
                #expect(answer.first == 22, "a handshake record")
            } else {
                #expect(
                    answer.count == 7 && answer[0] == 21 && answer[6] == 70, "the alert protocol_version: \(answer)")
            }
            let client = try TLSPeer(client: client, to: "node.example")
            client.feed(Handcrafted.serverHello(minor: minor))
            #expect(client.hasFailed != accepted, "\(client.error)")
        }
    }

    @Test("A reload serves new sessions with the new certificate and leaves live ones alone; a bad one changes nothing")
    func reload() throws {
        let (old, oldServer) = try pair()
        TLSPeer.carry(old, oldServer)
        let begun = try pair()
        let next = try certificates.leaf("next", for: "DNS:next.example")
        #expect(throws: TLSContext.Failure.self) {
            try server.reload(server: [(certificates.path("none.pem"), next.key)])
        }
        let other = try certificates.leaf("other", for: "DNS:other.example")
        #expect(throws: TLSContext.Failure.self) { try server.reload(server: [(next.chain, other.key)]) }
        let unchanged = try pair()
        TLSPeer.carry(unchanged.0, unchanged.1)
        #expect(unchanged.0.isReady)

        try server.reload(server: [next])
        #expect(old.write([1, 2, 3]) == 3)
        TLSPeer.carry(old, oldServer)
        #expect(oldServer.read() == [1, 2, 3])
        TLSPeer.carry(begun.0, begun.1)
        #expect(begun.0.isReady, "a handshake that had begun ends with the certificate it began with")
        let new = try pair("next.example")
        TLSPeer.carry(new.0, new.1)
        #expect(new.0.isReady, "\(new.0.error)")
        let gone = try pair()
        TLSPeer.carry(gone.0, gone.1)
        #expect(gone.0.hasFailed)
        #expect(throws: TLSContext.Failure.self) { try client.reload(server: [next]) }
        #expect(throws: TLSContext.Failure.self) { try server.reload(trusting: certificates.authority) }
    }

    @Test("Sessions outlive their context")
    func outlive() throws {
        let leaf = try certificates.leaf("brief", for: "DNS:node.example")
        var context: TLSContext? = try TLSContext(server: [leaf])
        let peer = try TLSPeer(server: try #require(context))
        context = nil
        let client = try TLSPeer(client: client, to: "node.example")
        TLSPeer.carry(client, peer)
        #expect(client.isReady)
    }

    @Test("An orderly end is told apart from a broken one, and our own end leaves reading open")
    func ends() throws {
        let (client, server) = try pair()
        TLSPeer.carry(client, server)
        _ = client.write([9])
        client.close()
        TLSPeer.carry(client, server)
        #expect(server.read() == [9] && server.state == CTLS_CLOSED)
        #expect(server.write([8]) == 1)
        TLSPeer.carry(client, server)
        #expect(client.read() == [8] && client.isReady)
    }

    @Test("Plain HTTP, noise and spoilt records fail the session with a reason and never bring it down")
    func noise() throws {
        let plain = try TLSPeer(server: server)
        plain.feed(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(plain.hasFailed && plain.error.contains("http request"), "\(plain.error)")
        #expect(plain.fault == Int(CTLS_FAULT_PLAIN_HTTP))
        plain.feed([1])
        #expect(plain.hasFailed && plain.got.isEmpty)
        let other = try TLSPeer(server: server)
        other.feed(Array("SSH-2.0-OpenSSH_9\r\n".utf8))
        #expect(other.fault == Int(CTLS_FAULT_NOT_TLS), "\(other.error)")

        let (client, spoilt) = try pair()
        TLSPeer.carry(client, spoilt)
        _ = client.write(Array("hello".utf8))
        var record = client.take()
        record[record.count - 1] ^= 1
        spoilt.feed(record)
        #expect(spoilt.read().isEmpty && spoilt.hasFailed && !spoilt.error.isEmpty)
        #expect(spoilt.fault == Int(CTLS_FAULT_RECORD))

        let seed = UInt64.random(in: .min ... .max)
        var state = seed
        for _ in 0..<500 {
            let peer = try TLSPeer(server: server)
            var bytes = Handcrafted.clientHello(minor: 3)
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 25)
            }
            peer.feed(bytes)
            #expect(peer.hasFailed == !peer.error.isEmpty, "seed \(seed)")
        }
    }

    @Test("Bad names, missing files and contexts of the wrong side are refused")
    func misuse() throws {
        #expect(ctls_connect(client.pointer, "") == nil)
        #expect(ctls_connect(client.pointer, String(repeating: "a", count: 254)) == nil)
        #expect(ctls_connect(server.pointer, "node.example") == nil)
        #expect(ctls_accept(client.pointer) == nil)
        do {
            _ = try TLSContext(trusting: "/none.pem")
            Issue.record("a missing file was trusted")
        } catch let failure as TLSContext.Failure {
            #expect(failure.reason.contains("/none.pem"))
        }
        ctls_session_free(nil)
        ctls_context_free(nil)
        let early = try TLSPeer(client: client, to: "node.example")
        #expect(early.write([1]) == 0 && early.state == CTLS_HANDSHAKE)
        early.close()
        #expect(ctls_version(early.session).pointee == 0)
    }
}

/// First messages of versions that a present-day OpenSSL no longer sends by itself.
private enum Handcrafted {
    static func clientHello(minor: UInt8) -> [UInt8] {
        let groups: [UInt8] = [0, 10, 0, 4, 0, 2, 0, 23]
        let formats: [UInt8] = [0, 11, 0, 2, 1, 0]
        let signatures: [UInt8] = [0, 13, 0, 4, 0, 2, 4, 3]
        let extensions = groups + formats + signatures
        var body: [UInt8] = [3, minor] + [UInt8](repeating: 7, count: 32) + [0]
        // ECDHE-ECDSA with AES-128 GCM and CBC.
        body += [0, 4, 0xC0, 0x2B, 0xC0, 0x09, 1, 0]
        body += [0, UInt8(extensions.count)] + extensions
        return record([1, 0, 0, UInt8(body.count)] + body, minor: 1)
    }

    /// With the extension renegotiation_info, which OpenSSL 3 demands.
    static func serverHello(minor: UInt8) -> [UInt8] {
        let body: [UInt8] =
            [3, minor] + [UInt8](repeating: 7, count: 32) + [0, 0xC0, minor == 3 ? 0x2B : 0x09, 0]
            + [0, 5, 0xFF, 1, 0, 1, 0]
        return record([2, 0, 0, UInt8(body.count)] + body, minor: minor)
    }

    private static func record(_ message: [UInt8], minor: UInt8) -> [UInt8] {
        [22, 3, minor, 0, UInt8(message.count)] + message
    }
}
