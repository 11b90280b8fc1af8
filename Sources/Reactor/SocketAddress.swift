import CLinux
import Glibc

/// Where a socket listens or connects to.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 address in network order of its four bytes, and a port.
    case ipv4(UInt32, port: UInt16)
    /// An IPv6 address as its text (canonical form) and a port.
    case ipv6(String, port: UInt16)
    /// A Unix socket's path; at most 107 bytes.
    case unix(String)

    /// An address from numeric text: `127.0.0.1`, `::1`. Names are for `Resolver`.
    ///
    /// - Throws: `ReactorError.badAddress` if the host is not numeric or the port is out of 0...65535.
    public init(host: String, port: Int) throws(ReactorError) {
        guard let port = UInt16(exactly: port) else { throw .badAddress("\(host):\(port)") }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, host, &four) == 1 {
            self = .ipv4(UInt32(bigEndian: four.s_addr), port: port)
        } else if inet_pton(AF_INET6, host, &six) == 1 {
            self = .ipv6(Self.text(of: six), port: port)
        } else {
            throw .badAddress(host)
        }
    }

    /// The port; 0 for a Unix socket.
    public var port: Int {
        switch self {
        case .ipv4(_, let port), .ipv6(_, let port): Int(port)
        case .unix: 0
        }
    }

    /// The address without its port: `127.0.0.1`, `::1`, or the path.
    public var host: String {
        switch self {
        case .ipv4(let four, _): "\(four >> 24).\(four >> 16 & 255).\(four >> 8 & 255).\(four & 255)"
        case .ipv6(let text, _): text
        case .unix(let path): path
        }
    }

    /// `127.0.0.1:7000`, `[::1]:7000`, `unix:/path`.
    public var description: String {
        switch self {
        case .ipv4(_, let port): "\(host):\(port)"
        case .ipv6(let text, let port): "[\(text)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    var family: Int32 {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the address in the form the kernel takes; -1 with EINVAL if it cannot be expressed.
    func withSockaddr(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        func pass<Form>(_ form: Form) -> Int32 {
            withUnsafePointer(to: form) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Form>.size))
                }
            }
        }
        switch self {
        case .ipv4(let four, let port):
            var form = sockaddr_in()
            form.sin_family = sa_family_t(AF_INET)
            form.sin_port = port.bigEndian
            form.sin_addr.s_addr = four.bigEndian
            return pass(form)
        case .ipv6(let text, let port):
            var form = sockaddr_in6()
            form.sin6_family = sa_family_t(AF_INET6)
            form.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, text, &form.sin6_addr) == 1 else { errno = EINVAL; return -1 }
            return pass(form)
        case .unix(let path):
            var form = sockaddr_un()
            form.sun_family = sa_family_t(AF_UNIX)
            let room = MemoryLayout.size(ofValue: form.sun_path)
            let bytes = Array(path.utf8)
            guard !bytes.isEmpty, bytes.count < room, !bytes.contains(0) else { errno = EINVAL; return -1 }
            withUnsafeMutableBytes(of: &form.sun_path) { $0.copyBytes(from: bytes) }
            return pass(form)
        }
    }

    /// The address in `storage`; nil for a family we do not use.
    init?(_ storage: sockaddr_storage) {
        let made: Self? = withUnsafeBytes(of: storage) { raw in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let form = raw.loadUnaligned(as: sockaddr_in.self)
                return .ipv4(UInt32(bigEndian: form.sin_addr.s_addr), port: UInt16(bigEndian: form.sin_port))
            case AF_INET6:
                let form = raw.loadUnaligned(as: sockaddr_in6.self)
                return .ipv6(Self.text(of: form.sin6_addr), port: UInt16(bigEndian: form.sin6_port))
            case AF_UNIX:
                return .unix("")
            default:
                return nil
            }
        }
        guard let made else { return nil }
        self = made
    }

    /// The address a socket is bound to.
    static func bound(_ descriptor: Int32) -> Self? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let answer = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return answer == 0 ? Self(storage) : nil
    }

    private static func text(of six: in6_addr) -> String {
        var six = six
        var bytes = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &six, &bytes, socklen_t(bytes.count)) != nil else { return "::" }
        return bytes.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "::" }
    }
}

extension SocketAddress {
    /// The IPv4 address as a number, also if it is spelled as an IPv6 one (`::ffff:192.0.2.1`); nil for others.
    public var ipv4: UInt32? {
        switch self {
        case .ipv4(let four, _): return four
        case .ipv6:
            guard let (high, low) = halves, high == 0, low >> 32 == 0xFFFF else { return nil }
            return UInt32(truncatingIfNeeded: low)
        case .unix: return nil
        }
    }

    /// The first 64 bits of an IPv6 address, which name its network; nil for others.
    public var ipv6Network: UInt64? { halves?.high }

    private var halves: (high: UInt64, low: UInt64)? {
        guard case .ipv6(let text, _) = self else { return nil }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        return withUnsafeBytes(of: six) {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }
}
