import Glibc
import Reactor

/// A plain TCP socket of a test's own, outside the loops: its calls block their thread. Reads end after twenty seconds, and it
/// is closed when it goes.
public struct BlockingSocket: ~Copyable {
    private let descriptor: Int32

    /// Connects to a port of 127.0.0.1, without Nagle's delay; a small `receiveBuffer` makes a slow reader.
    public init(_ address: SocketAddress, receiveBuffer: Int32? = nil) throws(ClientError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var time = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var now: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &now, 4)
        if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var form = sockaddr_in()
        form.sin_family = sa_family_t(AF_INET)
        form.sin_port = UInt16(address.port).bigEndian
        form.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let answer = withUnsafePointer(to: &form) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard answer == 0 else { throw ClientError("connect: \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends all of the bytes.
    public func send(_ bytes: [UInt8]) throws(ClientError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ClientError("send: \(errno)") }
            sent += count
        }
    }

    /// Sends no more: the peer reads the end.
    public func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes next; nil at the peer's FIN.
    public func receive() throws(ClientError) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw ClientError("recv: \(errno)") }
        return count == 0 ? nil : Array(buffer[..<count])
    }
}
