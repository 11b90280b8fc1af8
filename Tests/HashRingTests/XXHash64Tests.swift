import HashRing
import Testing

@testable import struct HashRing.XXHash64Stream

@Suite("XXH64")
struct XXHash64Tests {
    @Test("every published hash comes out")
    func publishedHashes() throws {
        let vectors = try Vectors.load().xxh64
        #expect(vectors.count == 39)
        for vector in vectors {
            let bytes = Array(vector.utf8.utf8)
            #expect(bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == vector.hex)
            let seed = try hex16(vector.seed)
            #expect(Hex16.string(XXHash64.hash(bytes, seed: seed)) == vector.hash, "\(vector.utf8)")
            let behindPointer = bytes.withUnsafeBytes { XXHash64.hash($0, seed: seed) }
            #expect(Hex16.string(behindPointer) == vector.hash)
        }
    }

    @Test("the place of the bytes in memory does not matter")
    func alignment() {
        let text = Array("the quick brown fox jumps over the lazy dog, twice".utf8)
        for shift in 0..<8 {
            let shifted = [UInt8](repeating: 0xff, count: shift) + text
            let hash = shifted.withUnsafeBytes { XXHash64.hash(UnsafeRawBufferPointer(rebasing: $0[shift...])) }
            #expect(hash == XXHash64.hash(text))
        }
    }

    @Test("no bytes at all have a hash, also behind a pointer to nowhere")
    func nothing() {
        #expect(Hex16.string(XXHash64.hash(UnsafeRawBufferPointer(start: nil, count: 0))) == "ef46db3751d8e999")
    }

    @Test("bytes in pieces hash like bytes in one", arguments: [1, 7, 31, 32, 33, 4095, 4096, 4097, 9999])
    func pieces(size: Int) {
        var random = SeededGenerator(seed: UInt64(size))
        for count in [0, 1, 31, 32, 33, 63, 64, 65, 4096, 4127, 20_000] {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            var stream = XXHash64Stream()
            for start in stride(from: 0, to: count, by: size) {
                stream.append(Array(bytes[start..<min(count, start + size)]))
            }
            #expect(stream.finished() == XXHash64.hash(bytes), "\(count) bytes in pieces of \(size)")
        }
    }
}

@Suite("hex16")
struct Hex16Tests {
    @Test("a number survives being written and read")
    func roundTrip() {
        for value in [0, 1, 0xf, 0x8000_0000_0000_0000, .max] as [UInt64] {
            #expect(Hex16.parse(Hex16.string(value).utf8) == value)
        }
        #expect(Hex16.string(0x0123_4567_89ab_cdef) == "0123456789abcdef")
    }

    @Test(
        "anything but 16 lowercase digits is refused",
        arguments: [
            "", "0", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "-123456789abcdef",
        ])
    func refused(text: String) {
        #expect(Hex16.parse(text.utf8) == nil)
    }
}
