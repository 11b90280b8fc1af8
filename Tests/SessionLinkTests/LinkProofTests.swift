import ClusterModel
import Testing

@testable import SessionLink

@Suite("Proofs on links")
struct LinkProofTests {
    /// Computed with Python's `hmac` from the formula in docs/reference/links.md.
    @Test func `The proofs are those of the formula`() throws {
        let caller = try #require(LinkNonce(Array(0..<32)))
        let node = try #require(LinkNonce(Array(100..<132)))
        let secret = Array("the-secret-that-the-cluster-shares-0001".utf8)
        let hello = LinkHello(
            role: .gateway, service: "chat", sender: "gateway-1", target: "node-1", targetLoop: 3,
            epoch: 1_795_358_857_087,
            nonce: caller, asksForProof: true)
        func hex(_ label: LinkProof.Label) -> String {
            hexText(LinkProof(label, secret: secret, caller: caller, node: node, hello: hello.payload).bytes)
        }
        #expect(hex(.node) == "4a93efe02895454eca9914932bbbbad6e666f4ea2cf632b8aa076f90a788defc")
        #expect(hex(.caller) == "572eacc4ad6e0a3a0313ead070f73abc18139e6db415593afc46379c7e7f77a6")
        let key = try #require(ProofKey(Array(200..<232)))
        let proof = LinkProof(
            registeredWith: key, nonce: caller, node: "node-1", incarnation: 1_795_358_857_087, service: "chat")
        #expect(hexText(proof.bytes) == "3ca082f4892d63d439a20498829296488228799627f0d6c1e8ab60be6497bd95")
    }

    @Test func `A registration is proven for one nonce, node, run and service, and by one key`() throws {
        let key = try #require(ProofKey(Array(0..<32)))
        let other = try #require(ProofKey(Array(1..<33)))
        let hello = LinkHello(
            role: .registry, service: "chat", sender: "registry", target: "a", targetLoop: 0, epoch: 0)
        func proof(_ key: ProofKey, _ nonce: LinkNonce, _ node: String, _ run: UInt64, _ service: String) -> LinkProof {
            LinkProof(registeredWith: key, nonce: nonce, node: node, incarnation: run, service: service)
        }
        func passes(_ proof: LinkProof?) -> Bool {
            LinkWelcome(node: "a", incarnation: 7, loops: 1, epoch: 1, proof: proof).isProven(by: key, of: hello)
        }
        #expect(passes(proof(key, hello.nonce, "a", 7, "chat")))
        #expect(!passes(nil))
        #expect(!passes(proof(other, hello.nonce, "a", 7, "chat")))
        #expect(!passes(proof(key, .random(), "a", 7, "chat")))
        #expect(!passes(proof(key, hello.nonce, "b", 7, "chat")))
        #expect(!passes(proof(key, hello.nonce, "a", 8, "chat")))
        #expect(!passes(proof(key, hello.nonce, "a", 7, "game")))
        // The parts are framed: what one gives to the other does not make the same bytes.
        let parts = LinkProof(registeredWith: key, nonce: hello.nonce, node: "ab", incarnation: 7, service: "c")
        #expect(parts != LinkProof(registeredWith: key, nonce: hello.nonce, node: "a", incarnation: 7, service: "bc"))
    }

    @Test func `Secrets are one to four, long enough, and never in a text`() {
        let good = [UInt8](repeating: 0x61, count: 32)
        #expect(LinkSecrets([good])?.isEmpty == false)
        #expect(LinkSecrets([good, good, good, good]) != nil)
        #expect(LinkSecrets([]) == nil)
        #expect(LinkSecrets([good, Array(good.dropLast())]) == nil)
        #expect(LinkSecrets(Array(repeating: good, count: 5)) == nil)
        #expect(LinkSecrets.none.isEmpty)
        guard let secrets = LinkSecrets([good]) else { return }
        var dumped = ""
        dump(secrets, to: &dumped)
        for text in ["\(secrets)", String(reflecting: secrets), dumped] {
            #expect(!text.contains("97") && !text.contains("aaaa"), "\(text)")
        }
    }

    @Test func `Without a secret only the loopback is trusted, unless certificates prove links`() throws {
        let secrets = try #require(LinkSecrets([[UInt8](repeating: 1, count: 32)]))
        #expect(LinkTrust.development.permits(isLoopback: true))
        #expect(!LinkTrust.development.permits(isLoopback: false))
        #expect(LinkTrust { secrets }.permits(isLoopback: false))
        #expect(LinkTrust(isProvenByCertificates: true) { .none }.permits(isLoopback: false))
    }
}

func hexText(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}
