import ClusterModel
import HashRing
import SessionLink

/// What a client shows at any gateway to go on with its session there. Not a secret: the user
/// must prove who it is again, and gateways take the sessions of that user only.
public struct ResumeToken: Hashable, Sendable {
    /// Generations are below this, so that counting on from one never overflows.
    public static let generationLimit = UInt32(1) << 31

    /// The session.
    public let session: SessionID
    /// The generation that the client was last attached with.
    public let generation: UInt32
    /// Where its state is.
    public let home: Home
    /// The service that it belongs to.
    public let service: ServiceName

    /// A token of these parts.
    public init(session: SessionID, generation: UInt32, home: Home, service: ServiceName) {
        self.session = session
        self.generation = generation
        self.home = home
        self.service = service
    }
}

// Version, session, generation, incarnation (all little endian), node and service with a length byte each; behind them four
// bytes of checksum, against what gets mangled on the way. Base64 for URLs, without padding.
extension ResumeToken {
    private static let version: UInt8 = 1
    private static let checksumSeed: UInt64 = 0x7265_7375_6d65
    private static let maxTextBytes = 320

    /// The token as the client carries it.
    public var text: String {
        var bytes: [UInt8] = [Self.version]
        Self.append(session.first, to: &bytes)
        Self.append(session.second, to: &bytes)
        Self.append(generation, to: &bytes)
        Self.append(home.incarnation.value, to: &bytes)
        for name in [home.node.text, service.text] {
            bytes.append(UInt8(name.utf8.count))
            bytes += name.utf8
        }
        Self.append(Self.checksum(bytes[...]), to: &bytes)
        return URLText.encode(bytes)
    }

    /// Reads a token; nil for anything that no gateway of this version gave out.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maxTextBytes, let bytes = URLText.decode(text.utf8), bytes.count > 4 else {
            return nil
        }
        var reading = Reading(rest: bytes.dropLast(4))
        var sum = Reading(rest: bytes.suffix(4))
        guard sum.number(UInt32.self) == Self.checksum(bytes.dropLast(4)), reading.number(UInt8.self) == Self.version,
            let first = reading.number(UInt64.self), let second = reading.number(UInt64.self),
            let generation = reading.number(UInt32.self), generation < Self.generationLimit,
            let incarnation = reading.number(UInt64.self).flatMap(Incarnation.init),
            let node = reading.name().flatMap({ try? NodeID($0) }),
            let service = reading.name().flatMap({ try? ServiceName($0) }), reading.rest.isEmpty
        else { return nil }
        self.init(
            session: SessionID(first: first, second: second), generation: generation,
            home: Home(node: node, incarnation: incarnation), service: service)
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: XXHash64.hash(Array(bytes), seed: checksumSeed))
    }

    private struct Reading {
        var rest: ArraySlice<UInt8>

        mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
            let size = Number.bitWidth / 8
            guard rest.count >= size else { return nil }
            let number = rest.prefix(size).reversed().reduce(Number.zero) { $0 << 8 | Number($1) }
            rest = rest.dropFirst(size)
            return number
        }

        mutating func name() -> String? {
            guard let length = number(UInt8.self).map(Int.init), rest.count >= length else { return nil }
            defer { rest = rest.dropFirst(length) }
            return String(validating: rest.prefix(length), as: UTF8.self)
        }
    }
}
