import ClusterModel
import Testing

@testable import WebSocketWire

@Suite struct MessageAssemblyTests {
    private func append(_ assembly: MessageAssembly, _ part: [UInt8]) throws(FrameViolation) {
        let answer = part.withUnsafeBytes { part in
            Result { () throws(FrameViolation) in try assembly.append(part) }
        }
        try answer.get()
    }

    private func code(_ body: () throws(FrameViolation) -> Void) -> CloseCode? {
        do throws(FrameViolation) { try body() } catch { return error.code }
        return nil
    }

    @Test func `Parts become the message, wherever they are cut`() throws {
        let text = Array("ascii, ümläut, € and 𝄞; a sentence that is long enough for whole words of memory".utf8)
        for cut in 0...text.count {
            let assembly = MessageAssembly(.text, maxBytes: text.count)
            try append(assembly, Array(text[..<cut]))
            try append(assembly, Array(text[cut...]))
            #expect(Array(try assembly.finish()) == text, "cut at \(cut)")
        }
    }

    @Test func `Text fails at the first byte that cannot be right, binary takes anything`() throws {
        let assembly = MessageAssembly(.text, maxBytes: 100)
        try append(assembly, Array("right so far ".utf8) + [0xe2, 0x82])
        #expect(code { () throws(FrameViolation) in try append(assembly, [0x41]) } == .invalidText)
        let other = MessageAssembly(.binary, maxBytes: 100)
        try append(other, [0xff, 0xfe])
        #expect(Array(try other.finish()) == [0xff, 0xfe])
    }

    @Test func `Text that ends inside a character is refused at its end`() throws {
        let assembly = MessageAssembly(.text, maxBytes: 100)
        try append(assembly, [0xf0, 0x9d, 0x84])
        #expect(code { () throws(FrameViolation) in _ = try assembly.finish() } == .invalidText)
    }

    @Test func `A byte over the limit is refused before it is kept`() throws {
        let assembly = MessageAssembly(.binary, maxBytes: 10)
        try append(assembly, Array(repeating: 1, count: 10))
        #expect(code { () throws(FrameViolation) in try append(assembly, [1]) } == .messageTooBig)
        #expect(assembly.heldBytes <= 10, "and the memory never passes the limit")
    }

    @Test func `Memory follows what has arrived, not what may come`() throws {
        let assembly = MessageAssembly(.binary, maxBytes: 64 << 20)
        try append(assembly, Array(repeating: 1, count: 1000))
        #expect(assembly.heldBytes <= 2000)
    }

    @Test func `A whole message is held to the same`() {
        func check(_ bytes: [UInt8], _ opcode: DataOpcode, _ most: Int) -> CloseCode? {
            bytes.withUnsafeBytes { bytes in
                code { () throws(FrameViolation) in try MessageAssembly.check(bytes, opcode, maxBytes: most) }
            }
        }
        #expect(check(Array("ok".utf8), .text, 2) == nil)
        #expect(check(Array("ok!".utf8), .text, 2) == .messageTooBig)
        #expect(check([0xc0, 0x80], .text, 2) == .invalidText)
        #expect(check([0xc0, 0x80], .binary, 2) == nil)
        #expect(check([], .text, 0) == nil)
    }
}
