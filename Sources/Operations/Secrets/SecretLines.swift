/// The grammar of files that hold secrets: one per line, empty lines do not count.
public enum SecretLines {
    /// The fewest characters of a secret: 32 of random text are more than 128 bits.
    public static let fewestCharacters = 32
    /// The most, so that one line is never a whole file by mistake.
    public static let mostCharacters = 512

    /// Why a text is not such a file.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        /// What is wrong, without what stands there.
        public let description: String
    }

    /// The secrets of a text, one to `most`: printable ASCII without spaces.
    public static func secrets(_ text: String, most: Int) throws(Malformed) -> [[UInt8]] {
        let lines = try lines(text, most: most, what: "secret")
        for (number, line) in lines { try check(line, number) }
        return lines.map { Array($0.line.utf8) }
    }

    /// The bearer tokens of a text, one to `most`: `token`, or `service:token` for one that is good for that service alone.
    public static func tokens(_ text: String, most: Int = 64) throws(Malformed) -> [AccessToken] {
        var tokens: [AccessToken] = []
        for (number, line) in try lines(text, most: most, what: "token") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let service = parts.count == 2 ? String(parts[0]) : nil
            let token = parts.last ?? ""
            if let service, !Grammar.isServiceName(service) {
                throw Malformed(description: "line \(number) does not begin with a service's name before its colon")
            }
            try check(token, number)
            // RFC 6750 §2.1: what can stand behind "Bearer".
            guard token.utf8.allSatisfy({ Grammar.isAlphanumeric($0) || "-._~+/=".utf8.contains($0) }) else {
                throw Malformed(description: "line \(number) has characters besides letters, digits and -._~+/=")
            }
            tokens.append(AccessToken(service: service, bytes: Array(token.utf8)))
        }
        return tokens
    }

    private static func lines(
        _ text: String, most: Int, what: String
    ) throws(Malformed) -> [(number: Int, line: Substring)] {
        var lines: [(number: Int, line: Substring)] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        where !line.isEmpty {
            lines.append((index + 1, line))
        }
        guard !lines.isEmpty else { throw Malformed(description: "it holds no \(what)") }
        guard lines.count <= most else {
            throw Malformed(description: "it holds \(lines.count) \(what)s, \(most) at most are taken")
        }
        return lines
    }

    private static func check(_ text: Substring, _ number: Int) throws(Malformed) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Malformed(description: "line \(number) has characters that are not printable ASCII, or spaces")
        }
        let count = text.utf8.count
        guard (fewestCharacters...mostCharacters).contains(count) else {
            throw Malformed(
                description: "line \(number) has \(count) characters, expected \(fewestCharacters)…\(mostCharacters)")
        }
    }
}

/// A bearer token that a program takes, or sends.
public struct AccessToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// The one service it is good for; `nil`: all, and what belongs to none.
    public let service: String?
    let bytes: [UInt8]

    init(service: String?, bytes: [UInt8]) {
        self.service = service
        self.bytes = bytes
    }

    /// What stands in `Authorization`. Not for log lines.
    public var header: (name: String, value: String) {
        ("Authorization", "Bearer " + String(decoding: bytes, as: UTF8.self))
    }

    /// Says that it is one, and never which.
    public var description: String { service.map { "a token for \($0)" } ?? "a token" }
    /// No children, for `dump` and for whatever prints a value that holds this one.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension [AccessToken] {
    /// The first that is good for a service; what to send when calling about it.
    public func first(for service: String) -> AccessToken? {
        first { $0.service == nil || $0.service == service }
    }
}
