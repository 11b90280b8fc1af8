import Foundation

/// The one JSON line that a program prints when it listens: `{"ready":true,"role":"gateway","data":"127.0.0.1:41234"}`.
public struct ReadyLine: Sendable {
    /// The line without its line feed.
    public let text: String

    /// A ready line of a role; the members keep their order.
    public init(role: String, members: KeyValuePairs<String, String>) {
        var json = JSONText()
        json.append("{\"ready\":true,\"role\":")
        json.appendString(role)
        for (name, value) in members {
            json.append(",")
            json.appendString(name)
            json.append(":")
            json.appendString(value)
        }
        json.append("}")
        text = String(decoding: json.bytes, as: UTF8.self)
    }

    /// Writes the line in one piece; false if the descriptor is closed or was never open.
    public func write(to descriptor: Int32) -> Bool {
        Descriptor.writeAll(Array((text + "\n").utf8), to: descriptor)
    }
}

/// Writing to a file descriptor until everything is out.
enum Descriptor {
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count < 0, errno == EAGAIN {
                    // The parent may have made our standard error non-blocking; wait until it takes bytes again.
                    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&wait, 1, 1000)
                } else if count < 0, errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
