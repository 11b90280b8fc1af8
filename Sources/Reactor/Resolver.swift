import CLinux
import Glibc

/// Host names to addresses, off the loops: `getaddrinfo` blocks, so it runs on a thread of its own.
public enum Resolver {
    /// All addresses of a host, in the resolver's order; numeric ones without a look-up.
    ///
    /// Bounded by the system's resolver (`/etc/resolv.conf`: 5 s and 2 tries by default).
    /// - Throws: `ReactorError.unknownHost`, or `.badAddress` for a port out of range.
    public static func resolve(host: String, port: Int) async throws -> [SocketAddress] {
        if let numeric = try? SocketAddress(host: host, port: port) { return [numeric] }
        guard UInt16(exactly: port) != nil else { throw ReactorError.badAddress("\(host):\(port)") }
        return try await withCheckedThrowingContinuation { continuation in
            let question = Question(host: host, port: UInt16(port), continuation)
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let question = Unmanaged<Question>.fromOpaque(argument).takeRetainedValue()
                    question.continuation.resume(with: question.answer())
                    return nil
                }, Unmanaged.passRetained(question).toOpaque())
            precondition(code == 0, "pthread_create: \(String(cString: strerror(code)))")
            pthread_detach(thread)
        }
    }

    private final class Question: Sendable {
        let host: String
        let port: UInt16
        let continuation: CheckedContinuation<[SocketAddress], any Error>

        init(host: String, port: UInt16, _ continuation: CheckedContinuation<[SocketAddress], any Error>) {
            self.host = host
            self.port = port
            self.continuation = continuation
        }

        func answer() -> Result<[SocketAddress], any Error> {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_family = AF_UNSPEC
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, "\(port)", &hints, &list)
            guard code == 0 else {
                return .failure(ReactorError.unknownHost(host, reason: String(cString: gai_strerror(code))))
            }
            defer { freeaddrinfo(list) }
            var found: [SocketAddress] = []
            var next = list
            while let entry = next {
                var storage = sockaddr_storage()
                let length = min(Int(entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
                if let from = entry.pointee.ai_addr { memcpy(&storage, from, length) }
                if let address = SocketAddress(storage) { found.append(address) }
                next = entry.pointee.ai_next
            }
            return found.isEmpty
                ? .failure(ReactorError.unknownHost(host, reason: "no IPv4 or IPv6 address")) : .success(found)
        }
    }
}
