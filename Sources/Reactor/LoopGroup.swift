import CLinux
import Glibc

/// Several event loops, each on a thread of its own. They share nothing but mailboxes.
public final class LoopGroup: Sendable {
    /// The loops, in order; a user's or a link's loop is an index into this.
    public let loops: [LoopHandle]
    private let threads: Locked<[pthread_t]>

    /// Buffers from this size on are the kernel's again as soon as they are freed; left to itself, malloc would keep those of
    /// one 16 MiB message in the heap of each loop that it passed. Below it lie the queues of busy sockets, which come and go
    /// too often for that.
    private static let largePiece: Int32 = 1 << 20
    private static let keptAtHeapsEnd: Int32 = 2 << 20

    /// Starts the loops.
    ///
    /// - Parameters:
    ///   - count: 1...1024; more loops than cores gain nothing.
    ///   - name: shown as the threads' name with the loop's number, cut to 15 bytes.
    public init(count: Int, name: String) {
        precondition((1...1024).contains(count), "a loop group has 1...1024 loops")
        signal(SIGPIPE, SIG_IGN)
        clinux_heap_policy(Self.largePiece, Self.keptAtHeapsEnd)
        var loops: [LoopHandle] = []
        var threads: [pthread_t] = []
        for index in 0..<count {
            let mailbox = Mailbox()
            threads.append(Self.start(mailbox, name: "\(name)-\(index)"))
            loops.append(LoopHandle(mailbox: mailbox))
        }
        self.loops = loops
        self.threads = Locked(threads)
    }

    /// Ends the loops and waits for their threads. Sockets are closed, later posts are refused. Call it once, from no loop.
    public func stop() {
        let threads = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        guard !threads.isEmpty else { return }
        for loop in loops { loop.post { $0.stop() } }
        for thread in threads { pthread_join(thread, nil) }
    }

    private final class Start: Sendable {
        let mailbox: Mailbox
        let name: String
        init(_ mailbox: Mailbox, _ name: String) {
            self.mailbox = mailbox
            self.name = name
        }
    }

    private static func start(_ mailbox: Mailbox, name: String) -> pthread_t {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Start(mailbox, name)).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                clinux_name_thread(start.name)
                EventLoop(mailbox: start.mailbox).run()
                return nil
            }, argument)
        precondition(code == 0, "pthread_create: \(String(cString: strerror(code)))")
        return thread
    }
}
