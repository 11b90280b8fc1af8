import Testing

@testable import WebSocketWire

@Suite("UTF-8")
struct UTF8ValidatorTests {
    /// How many bytes are taken before the one that is refused; nil if none is.
    func refusedAt(_ bytes: [UInt8]) -> Int? {
        var validator = UTF8Validator()
        for (index, byte) in bytes.enumerated() where ![byte].withUnsafeBytes({ validator.accept($0) }) { return index }
        return nil
    }

    func isValid(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { UTF8Validator.isValid($0) } }

    @Test(
        arguments: [
            [], [0x00], [0x7f], [0xc2, 0x80], [0xdf, 0xbf], [0xe0, 0xa0, 0x80], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80],
            [0xef, 0xbf, 0xbf], [0xf0, 0x90, 0x80, 0x80], [0xf4, 0x8f, 0xbf, 0xbf], [0xef, 0xbb, 0xbf],
            Array("Κόσμε Hello-µ@ßöäüàá-UTF-8!! 𝄞 plain ascii behind it".utf8),
        ] as [[UInt8]])
    func `What is UTF-8 is taken`(bytes: [UInt8]) {
        #expect(isValid(bytes))
        #expect(refusedAt(bytes) == nil)
    }

    @Test(
        arguments: [
            // never a lead byte
            ([0x80], 0), ([0xbf], 0), ([0xc0], 0), ([0xc1], 0), ([0xf5], 0), ([0xfe], 0), ([0xff], 0),
            ([0xe0, 0x80], 1), ([0xe0, 0x9f], 1), ([0xf0, 0x80], 1), ([0xf0, 0x8f], 1),  // overlong
            ([0xed, 0xa0], 1), ([0xed, 0xbf], 1),  // surrogates
            ([0xf4, 0x90], 1), ([0xf4, 0xbf], 1),  // past 10FFFF
            ([0xc3, 0x28], 1), ([0xe2, 0x82, 0x28], 2), ([0xf0, 0x9d, 0x84, 0x28], 3), ([0xe2, 0x28], 1),
            ([0x61, 0xc3, 0xbc, 0xbc], 3),
        ] as [([UInt8], Int)])
    func `What can't be UTF-8 is refused at the first byte that shows it`(bytes: [UInt8], index: Int) {
        #expect(refusedAt(bytes) == index)
        #expect(!isValid(bytes))
        let behindASCII = [UInt8](repeating: 0x61, count: 19) + bytes
        #expect(refusedAt(behindASCII) == 19 + index)
        #expect(!isValid(behindASCII))
    }

    @Test(arguments: [[0xc3], [0xe2, 0x82], [0xf0], [0xf0, 0x9d, 0x84], [0x61, 0xe2]] as [[UInt8]])
    func `A text that ends inside a character is not complete`(bytes: [UInt8]) {
        #expect(refusedAt(bytes) == nil)
        #expect(!isValid(bytes))
    }

    @Test func `Swift agrees on random bytes`() {
        for seed in 0..<20_000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            // Few values, all near a border of the rules, so that many strings are right.
            let pool: [UInt8] = [
                0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xe1, 0xed, 0xf0, 0xf1, 0xf4,
            ]
            let bytes = (0..<Int.random(in: 1...12, using: &generator)).compactMap { _ in
                pool.randomElement(using: &generator)
            }
            #expect(isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil), "seed \(seed)")
        }
    }

    @Test func `Bad text ends a message at once, in any fragment and read`() {
        let cut = text("Κόσμε", isFinal: false) + frame(0, [0xed], isFinal: false)
        #expect(events(cut + frame(0, [0xa0], isFinal: false)) == [.violation(1007)])
        // The frame announces 100 bytes; its second byte is wrong and nothing more need come.
        let beginning = frame(1, [0x61, 0xff] + [UInt8](repeating: 0x61, count: 98)).prefix(8)
        #expect(events([Array(beginning)]).seen == [.violation(1007)])
        #expect(events(frame(1, [0xf4, 0x90, 0x80, 0x80])) == [.violation(1007)])
        #expect(events(frame(1, [0xe2, 0x82])) == [.violation(1007)])
        #expect(events(frame(1, [0xe2, 0x82], isFinal: false) + frame(0)) == [.violation(1007)])
        let whole = frame(1, [0xe2], isFinal: false) + frame(9) + frame(0, [0x82, 0xac])
        #expect(events(whole) == [.ping([]), .message(.text, [0xe2, 0x82, 0xac])])
        #expect(events(frame(1, [0xff], mask: nil), role: .client) == [.violation(1007)])
        #expect(events(frame(2, [0xff])) == [.message(.binary, [0xff])])
    }
}
