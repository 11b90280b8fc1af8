import HashRing

/// Where nodes may stand: what a registry is told, and what no registry can be told.
///
/// A registration makes gateways connect to an address, and clients too, so it must not lead them to a cloud's metadata
/// service, to a printer, or back to themselves. The address of links has to be numeric: a name can mean another address
/// after it was checked. The URL for clients may have a name, which TLS needs, since it is the clients who resolve it.
public struct AllowedNetworks: Sendable, Hashable {
    /// This machine alone: for the development cluster.
    public static let loopback = AllowedNetworks(of: ["127.0.0.0/8", "::1/128"])
    /// The networks that are nobody's on the internet (RFC 1918, RFC 4193), and not loopback.
    public static let privateNetworks = AllowedNetworks(of: [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7",
    ])

    /// Refused in whatever network they lie.
    private static let never = networks([
        // unspecified, "this network"
        "0.0.0.0/8", "::/128",
        // link-local, where clouds serve metadata
        "169.254.0.0/16", "fe80::/10", "fec0::/10",
        // metadata and platform services elsewhere: Alibaba, Azure, Oracle, Amazon, Google
        "100.100.100.200/32", "168.63.129.16/32", "192.0.0.0/24", "fd00:ec2::254/128", "fd20:ce::254/128",
        // multicast, reserved, broadcast
        "224.0.0.0/4", "240.0.0.0/4", "ff00::/8", "100::/64",
        // IPv4 inside IPv6: compatible, mapped, translated (NAT64), 6to4, Teredo, ISATAP's kin are judged by nobody alike
        "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32",
    ])
    /// `::/96` but `::1`: IPv4-compatible.
    private static let compatible = networks(["::/96"])

    private let allowed: [IPNetwork]

    /// These networks, and of them nothing that is refused always.
    public init(_ networks: [IPNetwork]) { allowed = networks }

    private init(of texts: [String]) { allowed = Self.networks(texts) }

    /// Whether the numeric address lies in one of the networks, refused ones included.
    public func contains(_ address: String) -> Bool {
        guard let address = IPAddress(address) else { return false }
        return allowed.contains { $0.contains(address) }
    }

    /// What is wrong with where a node says it can be reached; `nil` if nothing is. Names the member.
    public func complaint(about record: NodeRecord) -> FieldError? {
        if let reason = complaint(about: record.address.host) { return .invalid("address", expected: reason) }
        let host = record.url.address.host
        // Only an address has colons, and only an address ends in a number.
        let isName = !host.contains(":") && host.split(separator: ".").last.map(Self.isNoNumber) ?? false
        guard let reason = isName ? complaint(aboutName: host) : complaint(about: host) else { return nil }
        return .invalid("url", expected: reason)
    }

    /// What would be right instead of this host of a link address; `nil` if it may be.
    func complaint(about host: String) -> String? {
        guard let address = IPAddress(canonical: host) else {
            if let other = IPAddress(host) { return "written as \(other)" }
            return "a numeric IPv4 or IPv6 address: a name could mean another address after it was checked"
        }
        if Self.isNever(address) { return "an address that can be a node's; \(address) never is one" }
        guard allowed.contains(where: { $0.contains(address) }) else {
            return "in an allowed network (\(self)); \(address) is in none"
        }
        return nil
    }

    private func complaint(aboutName host: String) -> String? {
        let name = host.lowercased()
        guard name.utf8.last != UInt8(ascii: "."),
            !name.split(separator: ".", omittingEmptySubsequences: false).contains("")
        else { return "a DNS name without empty labels" }
        let isLocal = name == "localhost" || name.hasSuffix(".localhost")
        if isLocal, complaint(about: "127.0.0.1") != nil { return "a name that is not this machine's own" }
        return nil
    }

    private static func isNever(_ address: IPAddress) -> Bool {
        if never.contains(where: { $0.contains(address) }) { return true }
        return compatible.contains { $0.contains(address) } && address != .v6(0, 1)
    }

    /// RFC 1123: the last label of a name is not all digits; some readers take what begins like a number for one.
    private static func isNoNumber(_ label: Substring) -> Bool {
        !label.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && !label.lowercased().hasPrefix("0x")
    }

    private static func networks(_ texts: [String]) -> [IPNetwork] {
        texts.map { text in
            guard let network = IPNetwork(text) else { preconditionFailure("\(text) is no network") }
            return network
        }
    }
}

extension AllowedNetworks: CustomStringConvertible {
    /// The networks with commas between.
    public var description: String { allowed.map(\.description).joined(separator: ", ") }
}
