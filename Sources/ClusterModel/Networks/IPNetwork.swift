/// A range of addresses that begin alike: `10.0.0.0/8`, `fd00::/8`.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The first address; the bits behind the prefix are 0.
    public let first: IPAddress
    /// How many bits are the same: 0...32, or 0...128.
    public let prefix: Int

    /// Reads `address/prefix`; `nil` if that is none, or if bits behind the prefix are set: whoever writes `10.1.2.3/8` may
    /// have meant another network.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = IPAddress(canonical: String(parts[0])), let prefix = Int(parts[1]),
            String(prefix) == parts[1]
        else { return nil }
        self.init(first, prefix: prefix)
    }

    /// A network of these parts; `nil` as above.
    init?(_ first: IPAddress, prefix: Int) {
        guard (0...(first.isV4 ? 32 : 128)).contains(prefix), first.masked(prefix) == first else { return nil }
        self.first = first
        self.prefix = prefix
    }

    /// Whether the address is one of them.
    public func contains(_ address: IPAddress) -> Bool {
        address.isV4 == first.isV4 && address.masked(prefix) == first
    }

    /// As it was read.
    public var description: String { "\(first)/\(prefix)" }
}

extension IPAddress {
    fileprivate var isV4: Bool { if case .v4 = self { true } else { false } }

    /// The first `prefix` bits, zeros behind.
    fileprivate func masked(_ prefix: Int) -> IPAddress {
        // Smart shifts: 32 and 64 give 0, and a negative count would shift the other way.
        switch self {
        case .v4(let four): .v4(four & ~(UInt32.max >> max(0, prefix)))
        case .v6(let high, let low): .v6(high & ~(UInt64.max >> prefix), low & ~(UInt64.max >> max(0, prefix - 64)))
        }
    }
}
