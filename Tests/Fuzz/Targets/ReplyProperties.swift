import CHiredis

@testable import RedisLink

/// Replies of Redis: the same values for any reads, and values that were read can be written and read again. Commands:
/// they read as the array of their arguments.
///
/// Flags: 0 = a tiny limit, under which the runs may stop at different replies but never differ in one.
enum ReplyProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let input = FuzzInput(bytes)
        let isTiny = input.flag(0)
        let limit = isTiny ? 400 : 1 << 20
        let whole = try read([input.payload[...]], limit)
        let split = try read(input.reads, limit)
        if isTiny {
            let common = min(whole.values.count, split.values.count)
            try demand(
                whole.values.prefix(common) == split.values.prefix(common), "replies under a limit depend on the reads")
        } else {
            try demand(whole == split, "replies depend on the reads: \(whole) at once, \(split) in parts")
        }
        var written: [UInt8] = []
        for value in whole.values { write(value, to: &written) }
        let again = try read([written[...]], 4 << 20)
        try demand(
            again.failure == nil && again.values == whole.values, "\(whole.values) is written and reads as \(again)")
        try checkCommand(input.reads)
    }

    private struct Outcome: Equatable {
        var values: [RESPValue] = []
        var failure: String?
    }

    private static func read(_ reads: [ArraySlice<UInt8>], _ limit: Int) throws(Finding) -> Outcome {
        var reader = RESPReader(maxReplyBytes: limit)
        var outcome = Outcome()
        for read in reads {
            try withExactCopy(of: read) { (copy) throws(Finding) in reader.feed(UnsafeRawBufferPointer(copy)) }
            while outcome.failure == nil, let value = take(&reader, &outcome.failure) {
                try demand(weight(value) <= limit, "a reply passes its limit")
                outcome.values.append(value)
            }
        }
        return outcome
    }

    private static func take(_ reader: inout RESPReader, _ failure: inout String?) -> RESPValue? {
        switch reader.next() {
        case .reply(let value): return value
        case .needMore: return nil
        case .failed(let reason):
            failure = reason
            return nil
        }
    }

    /// What the header says that a reply may weigh: its bytes, and 40 for each element. Texts are left out, since what
    /// is not UTF-8 in them was replaced by something longer.
    private static func weight(_ value: RESPValue) -> Int {
        switch value {
        case .simple, .error, .integer, .null: 40
        case .bulk(let bytes): 40 + bytes.count
        case .array(let elements): elements.reduce(40) { $0 + weight($1) }
        }
    }

    private static func write(_ value: RESPValue, to bytes: inout [UInt8]) {
        switch value {
        case .simple(let text): bytes += Array("+\(text)\r\n".utf8)
        case .error(let text): bytes += Array("-\(text)\r\n".utf8)
        case .integer(let number): bytes += Array(":\(number)\r\n".utf8)
        case .bulk(let content): bytes += Array("$\(content.count)\r\n".utf8) + content + [13, 10]
        case .null: bytes += Array("$-1\r\n".utf8)
        case .array(let elements):
            bytes += Array("*\(elements.count)\r\n".utf8)
            for element in elements { write(element, to: &bytes) }
        }
    }

    private static func checkCommand(_ arguments: [ArraySlice<UInt8>]) throws(Finding) {
        guard !arguments.isEmpty else { return }
        var command: UnsafeMutablePointer<UInt8>?
        let length = chiredis_command_format(
            Array(arguments.joined()), arguments.map(\.count), arguments.count, &command)
        defer { chiredis_command_free(command) }
        try demand(length > 0, "a command was not formatted")
        let formatted = Array(UnsafeBufferPointer(start: command, count: Int(length)))
        let outcome = try read([formatted[...]], 4 << 20)
        try demand(
            outcome == Outcome(values: [.array(arguments.map { .bulk(Array($0)) })]), "a command reads as \(outcome)")
    }
}
