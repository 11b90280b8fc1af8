import Foundation

/// Masking keys, fresh and unpredictable for every frame (RFC 6455 §5.3), from the kernel's generator a page at a time: a
/// system call per frame would cost more than the frame.
struct MaskSource {
    private static let words = 1024
    private var keys: [UInt32] = []

    /// A key nobody can know.
    mutating func next() -> UInt32 {
        if keys.isEmpty { refill() }
        return keys.popLast() ?? 0
    }

    private mutating func refill() {
        keys = [UInt32](repeating: 0, count: Self.words)
        let wanted = Self.words * MemoryLayout<UInt32>.size
        let source = Foundation.open("/dev/urandom", O_RDONLY | O_CLOEXEC)
        let count = source < 0 ? -1 : keys.withUnsafeMutableBytes { Foundation.read(source, $0.baseAddress, wanted) }
        if source >= 0 { Foundation.close(source) }
        if count == wanted { return }
        // A chroot without /dev: one system call per key.
        var generator = SystemRandomNumberGenerator()
        for index in keys.indices { keys[index] = generator.next() }
    }
}
