import Glibc

/// An open socket on its way from one loop to another. Dropped on the way, it closes its descriptor.
public final class DetachedSocket: Sendable {
    struct Content: Sendable {
        var descriptor: Int32
        var unread: [UInt8]
        var unsent: [UInt8]
        var bound: Int32
        var isGated: Bool
        var security: DetachedSecurity?
    }

    private let content: Locked<Content?>

    init(descriptor: Int32, unread: [UInt8], unsent: [UInt8], bound: Int32, isGated: Bool, security: DetachedSecurity?)
    {
        content = Locked(
            Content(
                descriptor: descriptor, unread: unread, unsent: unsent, bound: bound, isGated: isGated,
                security: security))
    }

    /// The content, once.
    func take() -> Content? {
        content.withLock { content in
            defer { content = nil }
            return content
        }
    }

    deinit {
        guard let left = take() else { return }
        close(left.descriptor)
        left.security?.free()
    }
}
