/// Finds the route for a method and a path; a pure value, so that matching is tested without a server.
struct RouteTable: Sendable {
    enum Match {
        case route(AdminRoute, parameters: [String: [UInt8]])
        /// The path exists, but not with this method.
        case otherMethods([String])
        case none
        /// The path is not one: a bad percent escape.
        case malformed

        /// The service that the path names where its pattern says `{service}`.
        var service: String? {
            guard case .route(_, let parameters) = self else { return nil }
            return parameters["service"].map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private struct Entry: Sendable {
        let segments: [String]
        let route: AdminRoute
    }

    private let entries: [Entry]

    init(_ routes: [AdminRoute]) {
        entries = routes.map { Entry(segments: Self.segments($0.pattern[...]).map(String.init), route: $0) }
    }

    /// - Parameter path: as it came on the wire, without the query. It is split before it is decoded: an escaped slash
    ///   (`%2F`) is part of a name, never a boundary.
    func match(method: String, path: Substring) -> Match {
        var decoded: [[UInt8]] = []
        for segment in Self.segments(path) {
            guard let bytes = PercentDecoding.bytes(segment.utf8) else { return .malformed }
            decoded.append(bytes)
        }
        var methods: [String] = []
        for entry in entries {
            guard let parameters = Self.parameters(entry.segments, decoded) else { continue }
            if entry.route.method == method { return .route(entry.route, parameters: parameters) }
            methods.append(entry.route.method)
        }
        return methods.isEmpty ? .none : .otherMethods(methods)
    }

    private static func segments(_ path: Substring) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { $0 }
    }

    private static func parameters(_ pattern: [String], _ path: [[UInt8]]) -> [String: [UInt8]]? {
        guard pattern.count == path.count else { return nil }
        var found: [String: [UInt8]] = [:]
        for (wanted, bytes) in zip(pattern, path) {
            if wanted.hasPrefix("{") {
                guard !bytes.isEmpty else { return nil }
                found[String(wanted.dropFirst().dropLast())] = bytes
            } else if !bytes.elementsEqual(wanted.utf8) {
                return nil
            }
        }
        return found
    }
}

/// Percent-decoding (RFC 3986 §2.1), once, to bytes: what the bytes mean is the business of whoever asked.
public enum PercentDecoding {
    /// The bytes that `text` stands for, or `nil` if a `%` is not followed by two hex digits.
    public static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                return nil
            }
            result.append(high << 4 | low)
        }
        return result
    }

    /// The names and values of a query string, or `nil` if an escape is malformed.
    static func query(_ text: some StringProtocol) -> [(name: [UInt8], value: [UInt8])]? {
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let raw = part.prefix { $0 != UInt8(ascii: "=") }
            guard let name = bytes(raw), let value = bytes(part[raw.endIndex...].dropFirst()) else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
