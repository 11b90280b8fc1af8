/// RFC 9112 written down a second time, line by line and without any regard to speed, for heads that were taken.
enum HeadGrammar {
    static func check(_ head: [UInt8], maxFields: Int, maxFieldBytes: Int) throws(Finding) {
        try demand(head.suffix(4) == [13, 10, 13, 10], "a head ends without an empty line")
        var lines: [[UInt8]] = [[]]
        for (index, byte) in head.enumerated() {
            switch byte {
            case 13: try demand(index + 1 < head.count && head[index + 1] == 10, "a CR without LF was taken")
            case 10:
                try demand(index > 0 && head[index - 1] == 13, "an LF without CR was taken")
                lines.append([])
            default:
                try demand(byte == 9 || (byte >= 32 && byte != 127), "control byte \(byte) was taken")
                lines[lines.count - 1].append(byte)
            }
        }
        lines.removeLast(2)
        if lines.first == [] { lines.removeFirst() }
        guard let start = lines.first else { throw Finding(description: "a head without a first line was taken") }
        try demand(!start.contains(9) && start.count { $0 == 32 } == 2, "a first line without three parts was taken")
        try demand(start.suffix(9).elementsEqual(" HTTP/1.1".utf8), "another version than 1.1 was taken")
        try demand(lines.count - 1 <= maxFields, "too many fields were taken")
        for line in lines.dropFirst() {
            try demand(line.count <= maxFieldBytes, "a field over its limit was taken")
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else {
                throw Finding(description: "a field without a name was taken")
            }
            try demand(line[..<colon].allSatisfy(isToken), "a field's name that is no token was taken")
        }
    }

    private static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    static func isToken(_ byte: UInt8) -> Bool { tokenBytes.contains(byte) }
}
