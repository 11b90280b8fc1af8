import CTLS
import Testing

@Suite struct DigestTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    private func sha1(_ text: String) -> String {
        var out = [UInt8](repeating: 0xAA, count: 20)
        let bytes = Array(text.utf8)
        #expect(ctls_sha1(bytes, bytes.count, &out) == 0)
        return hex(out)
    }

    @Test("SHA-1 gives the answers of FIPS 180 and the accept key of RFC 6455")
    func sha1Vectors() {
        #expect(sha1("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(sha1("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            sha1("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                == "b37a4f2cc0624f1690f64606cf385945b2bec4ea")
    }

    @Test("HMAC-SHA-256 gives the answers of RFC 4231, and of an empty key over nothing")
    func hmacVectors() {
        func mac(_ key: [UInt8], _ bytes: [UInt8]) -> String {
            var out = [UInt8](repeating: 0xAA, count: 32)
            #expect(ctls_hmac_sha256(key, key.count, bytes, bytes.count, &out) == 0)
            return hex(out)
        }
        #expect(
            mac([UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            mac(Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        #expect(mac([], []) == empty)
        var out = [UInt8](repeating: 0xAA, count: 32)
        #expect(ctls_hmac_sha256(nil, 0, nil, 0, &out) == 0)
        #expect(hex(out) == empty)
    }

    @Test("A null pointer with a length is refused and leaves zeros")
    func nullInput() {
        var out = [UInt8](repeating: 0xAA, count: 20)
        #expect(ctls_sha1(nil, 5, &out) == -1)
        #expect(out == [UInt8](repeating: 0, count: 20))
        var mac = [UInt8](repeating: 0xAA, count: 32)
        #expect(ctls_hmac_sha256(nil, 5, nil, 0, &mac) == -1)
        #expect(mac == [UInt8](repeating: 0, count: 32))
    }

    @Test("Random bytes fill the whole buffer, differ each time, and none is asked for length 0")
    func random() {
        var a = [UInt8](repeating: 0, count: 64)
        var b = a
        #expect(ctls_random(&a, 64) == 0)
        #expect(ctls_random(&b, 64) == 0)
        #expect(a != b)
        #expect(a[32...].contains { $0 != 0 })
        #expect(ctls_random(&a, 0) == 0)
    }

    @Test("Equality looks at the length and at every byte")
    func equality() {
        #expect(ctls_equal([1, 2, 3], 3, [1, 2, 3], 3) == 1)
        #expect(ctls_equal([1, 2, 3], 3, [1, 2, 4], 3) == 0)
        #expect(ctls_equal([9, 2, 3], 3, [1, 2, 3], 3) == 0)
        #expect(ctls_equal([1, 2, 3], 3, [1, 2], 2) == 0)
        #expect(ctls_equal(nil, 0, nil, 0) == 1)
    }
}
