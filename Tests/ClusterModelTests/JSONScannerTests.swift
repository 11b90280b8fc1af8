import ClusterModel
import Foundation
import Testing

@Suite("the JSON scanner")
struct JSONScannerTests {
    /// Reads a whole text as one value.
    static func scan(_ bytes: [UInt8]) throws -> JSONValue {
        try bytes.withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            let value = try scanner.value()
            try scanner.finish()
            return value
        }
    }

    @Test(
        "takes what the RFC allows",
        arguments: [
            "0", "-0", "1", "-12", "1.5", "1e9", "1E+9", "-1.25e-30", "true", "false", "null", "\"\"", "[]", "{}",
            " [ ] ", "\t{\r\n}", "[1,2]", "[1 , 2]", "{\"a\":1}", "{\"a\" : {\"b\":[null]} , \"\":\"\"}",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\"", "\"é😀\u{7f}\u{2028}\"", "{\"a\":1,\"a\":2}",
            "\"\\u0000\"",
        ])
    func good(text: String) throws {
        _ = try Self.scan(Array(text.utf8))
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", " ", "nul", "nulll", "True", "tru e", "00", "01", "-", "-a", "+1", ".5", "1.", "1.e1", "1e", "1e+",
            "0x1",
            "NaN", "Infinity", "1 2", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}", "{\"a\"",
            "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}", "{\"a\" 1}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":1]", "{1:2}", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"",
            "\"\\ud800x\"",
            "\"\\ud800\\n\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "\"\u{1}\"", "/**/1", "[1]//", "\u{feff}1",
            "{}{}", "[] x", "\u{a0}1", "1\u{0}",
        ])
    func bad(text: String) {
        #expect(throws: JSONError.self, "\(text.debugDescription)") { try Self.scan(Array(text.utf8)) }
    }

    @Test(
        "refuses strings that are not UTF-8",
        arguments: [
            [0x80], [0xff], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3],
            [0xe4, 0xbd], [0xf0, 0x9f, 0x98], [0xc3, 0x28],
        ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.invalidUTF8(offset: 1)) { try Self.scan([0x22] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try Self.scan([0x22] + bytes) }
    }

    @Test("lets objects and arrays lie 32 deep in each other, not 33")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[{\"a\":", count: depth / 2) + (depth % 2 == 1 ? "[]" : "1")
                    + String(repeating: "}]", count: depth / 2)).utf8)
        }
        _ = try Self.scan(nested(32))
        #expect(throws: JSONError.tooDeep(offset: 96)) { try Self.scan(nested(33)) }
        #expect(throws: JSONError.self) { try Self.scan([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) }
    }

    @Test("never reads outside, whatever the bytes are", arguments: [11, 12, 13] as [UInt64])
    func noise(seed: UInt64) {
        var random = Noise(state: seed)
        let alphabet = Array("{}[]\",:\\u0d8cfeE+-.19truefalsn \n".utf8) + [0xc3, 0xa9, 0xff, 0x00]
        for _ in 0..<30_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let ours = (try? Self.scan(bytes)) != nil
            let text = String(validating: bytes, as: UTF8.self)
            let theirs = text.map {
                (try? JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)) != nil
            }
            // Foundation takes more than the RFC does; what it refuses, we must refuse.
            if ours { #expect(theirs == true, "seed \(seed): \(String(describing: text))") }
        }
    }

    @Test("says where values lie, so that data is carried byte for byte")
    func ranges() throws {
        let text = Array(
            "{\"id\":\"m1\", \"d\\u0061ta\" : { \"x\" : 1.50, \"y\":\"\\u00e9\" } ,\"to\":\"b\\u006fb\"}".utf8)
        try text.withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            try scanner.beginObject()
            var found: [String] = []
            while let name = try scanner.nextMember() {
                let value = try scanner.value()
                if scanner.text(of: name, is: "data") {
                    #expect(
                        String(decoding: scanner.raw(value), as: UTF8.self) == "{ \"x\" : 1.50, \"y\":\"\\u00e9\" }")
                    #expect(scanner.copy(value) == Array(scanner.raw(value)))
                } else if scanner.text(of: name, is: "to") {
                    #expect(scanner.text(of: value) == "bob")
                    #expect(scanner.text(of: value, is: "bob"))
                    #expect(!scanner.text(of: value, is: "bo"))
                } else {
                    #expect(scanner.text(of: value, is: "m1"))
                    #expect(!scanner.text(of: value, is: "m12"))
                }
                found.append(scanner.text(of: name) ?? "")
            }
            try scanner.finish()
            #expect(found == ["id", "data", "to"])
        }
    }

    @Test("reads integers written in digits up to 2^53-1, and no other form")
    func integers() throws {
        func integer(_ text: String) throws -> UInt64? {
            try Array(text.utf8).withUnsafeBytes { buffer in
                var scanner = JSONScanner(buffer)
                return scanner.integer(try scanner.value())
            }
        }
        #expect(try integer("0") == 0)
        #expect(try integer("9007199254740991") == 9_007_199_254_740_991)
        for text in [
            "9007199254740992", "99999999999999999999999999", "-1", "-0", "1.0", "1e3", "\"1\"", "null", "[1]",
        ] {
            #expect(try integer(text) == nil, "\(text)")
        }
    }

    @Test("stops at a value that was not read, instead of taking it for a name")
    func unreadValue() throws {
        try Array("{\"a\":1,\"b\":2}".utf8).withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            try scanner.beginObject()
            _ = try scanner.nextMember()
            #expect(throws: JSONError.unexpectedByte(offset: 5)) { try scanner.nextMember() }
            #expect(throws: JSONError.self) { try scanner.finish() }
        }
    }

    @Test("sees a name that stands twice, however it is spelt")
    func repeatedNames() throws {
        try Array("{\"ab\":1,\"b\":2,\"\\u0061b\":3}".utf8).withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            var names = JSONNames()
            var fresh: [Bool] = []
            try scanner.beginObject()
            while let name = try scanner.nextMember() {
                fresh.append(names.insert(name, of: scanner))
                _ = try scanner.value()
            }
            #expect(fresh == [true, true, false])
        }
    }

    @Test("reads back every text that the writer wrote")
    func writer() throws {
        let all = String(String.UnicodeScalarView((0...0x2ff).compactMap(Unicode.Scalar.init))) + "\"\\/\u{2028}😀"
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("text", all)
        writer.beginArray("list")
        writer.integer(nil, 1)
        writer.boolean(nil, true)
        writer.raw(nil, Array("{ }".utf8))
        writer.endArray()
        writer.endObject()
        try writer.bytes.withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            try scanner.beginObject()
            _ = try scanner.nextMember()
            #expect(scanner.text(of: try scanner.value()) == all)
            _ = try scanner.nextMember()
            #expect(String(decoding: scanner.raw(try scanner.value()), as: UTF8.self) == "[1,true,{ }]")
            #expect(try scanner.nextMember() == nil)
            try scanner.finish()
        }
        let theirs = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any]
        #expect(theirs?["text"] as? String == all)
    }
}

/// SplitMix64, so that a failing seed can be run again.
struct Noise: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
