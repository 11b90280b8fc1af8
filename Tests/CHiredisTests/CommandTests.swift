import CHiredis
import Testing

@Suite struct CommandTests {
    private func format(_ arguments: [[UInt8]]) -> [UInt8]? {
        var out: UnsafeMutablePointer<UInt8>?
        let bytes = arguments.flatMap { $0 }
        let length = chiredis_command_format(bytes, arguments.map(\.count), arguments.count, &out)
        defer { chiredis_command_free(out) }
        guard length >= 0 else {
            #expect(out == nil)
            return nil
        }
        return Array(UnsafeBufferPointer(start: out, count: Int(length)))
    }

    @Test("Arguments are carried byte for byte, also empty ones and ones with NUL and line ends")
    func bytes() {
        #expect(
            format([Array("SET".utf8), [0, 13, 10], []])
                == Array("*3\r\n$3\r\nSET\r\n$3\r\n\0\r\n\r\n$0\r\n\r\n".utf8))
        #expect(format([[]]) == Array("*1\r\n$0\r\n\r\n".utf8))
    }

    @Test("No argument, or lengths without bytes, is refused")
    func refused() {
        #expect(format([]) == nil)
        var out: UnsafeMutablePointer<UInt8>?
        #expect(chiredis_command_format(nil, [4], 1, &out) == -1)
        #expect(chiredis_command_format(nil, [Int.max, Int.max], 2, &out) == -1)
        #expect(out == nil)
    }

    @Test("The version is one that the codec was tried with")
    func version() {
        #expect(chiredis_hiredis_version() >= 1400)
        #expect(chiredis_hiredis_version() < 20000)
    }
}
