import Foundation

/// Signals as bytes to read: the one way to wait for a signal and for other things at once without a handler's limits.
struct SignalPipe {
    /// Becomes readable; each byte is a signal's number.
    let descriptor: Int32

    /// Blocks the signals in the calling thread, and so in all threads it starts later, and hands them to a thread that
    /// waits for nothing else. Call it first of all on the main thread.
    init(_ signals: [Int32]) throws(Failure) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure("pipe: \(String(cString: strerror(errno)))") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        let target = ends[1]
        var blocked = Self.set(signals)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        Thread.detachNewThread {
            var waited = Self.set(signals)
            while true {
                var number: Int32 = 0
                guard sigwait(&waited, &number) == 0 else { continue }
                var byte = UInt8(truncatingIfNeeded: number)
                // A full pipe means that nobody has read 64 Ki signals; one more says nothing new.
                _ = write(target, &byte, 1)
            }
        }
    }

    /// The signals that came since the last call.
    func take() -> [Int32] {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? bytes[..<count].map(Int32.init) : []
    }

    private static func set(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}
