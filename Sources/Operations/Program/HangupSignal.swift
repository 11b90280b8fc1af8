import Foundation
import ServiceLifecycle
import Synchronization

/// SIGHUP as events.
///
/// A handler that writes to a pipe, and a thread that reads it: the handler is right whatever thread the kernel picks and
/// whatever that thread has blocked, which cannot be said of `sigwait` in a process whose threads others make.
enum HangupSignal {
    private static let pipeEnd = Atomic<Int32>(-1)

    /// From now on SIGHUP no longer ends the process: each one is an event, and any number that come while one is being
    /// worked on are one event. Called once, before the first thread that matters.
    static func events() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            // Out of descriptors before the start: what follows will say so better. SIGHUP is only kept from killing.
            signal(SIGHUP, SIG_IGN)
            return stream
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        pipeEnd.store(ends[1], ordering: .sequentiallyConsistent)
        signal(SIGHUP) { _ in
            let saved = errno
            var byte = UInt8(0)
            // A full pipe holds 64 Ki signals that nobody has read yet; one more says nothing new.
            _ = write(HangupSignal.pipeEnd.load(ordering: .relaxed), &byte, 1)
            errno = saved
        }
        let source = ends[0]
        let thread = Thread {
            var bytes = [UInt8](repeating: 0, count: 256)
            while true {
                let count = read(source, &bytes, bytes.count)
                if count > 0 { continuation.yield() } else if count == 0 || errno != EINTR { return }
            }
        }
        thread.name = "hangup"
        thread.stackSize = 256 << 10
        thread.start()
        return stream
    }
}

/// Reloads on every SIGHUP until the program shuts down.
struct ReloadService: Service, CustomStringConvertible {
    let events: AsyncStream<Void>
    let reloads: Reloads
    let description = "reload"

    func run() async {
        for await _ in events.cancelOnGracefulShutdown() { await reloads.reloadAll() }
    }
}
