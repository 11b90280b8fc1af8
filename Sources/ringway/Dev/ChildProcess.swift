import Foundation

/// A running child: its process and what it writes.
final class ChildProcess {
    /// One of the two streams a child writes.
    struct Stream {
        let descriptor: Int32
        var lines = LineBuffer()
    }

    let child: Child
    let pid: pid_t
    /// Standard output and standard error, as far as they are open.
    var streams: [Stream]

    private init(child: Child, pid: pid_t, streams: [Stream]) {
        self.child = child
        self.pid = pid
        self.streams = streams
    }

    deinit {
        for stream in streams { close(stream.descriptor) }
    }

    /// Starts the program in a process group of its own, so that a Ctrl-C at the terminal reaches only `ringway dev`, which
    /// then stops things in order. Standard input is /dev/null.
    ///
    /// It is started through `ringway child`, which asks the kernel to kill it when this process dies, whatever the cause:
    /// posix_spawn(3) has no attribute for that. Call it on the main thread: the kernel's promise is tied to the thread
    /// that spawned, not to the process.
    static func start(_ child: Child, environment: [String: String]) throws(Failure) -> ChildProcess {
        let me = "/proc/self/exe"
        let arguments = [child.name, "child", "--parent", "\(getpid())", "--", child.program] + child.arguments
        let (outRead, outWrite) = try pipe()
        let (errorRead, errorWrite) = try pipe()
        defer {
            close(outWrite)
            close(errorWrite)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, outWrite, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errorWrite, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))

        var pid = pid_t()
        let variables = environment.map { "\($0.key)=\($0.value)" }
        let code = CStrings.withArray(arguments) { argv in
            CStrings.withArray(variables) { envp in posix_spawn(&pid, me, &actions, &attributes, argv, envp) }
        }
        let streams = [Stream(descriptor: outRead), Stream(descriptor: errorRead)]
        guard code == 0 else {
            for stream in streams { close(stream.descriptor) }
            throw Failure("\(child.name) cannot be started: \(String(cString: strerror(code)))")
        }
        return ChildProcess(child: child, pid: pid, streams: streams)
    }

    /// Reads what there is from one stream, and forgets the stream at its end.
    func read(_ descriptor: Int32) -> [String] {
        guard let index = streams.firstIndex(where: { $0.descriptor == descriptor }) else { return [] }
        var lines: [String] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                lines += streams[index].lines.append(buffer[..<count])
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                return lines
            } else {
                if let last = streams[index].lines.end() { lines.append(last) }
                close(descriptor)
                streams.remove(at: index)
                return lines
            }
        }
    }

    private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Foundation.pipe(&ends) == 0 else { throw Failure("pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return (ends[0], ends[1])
    }
}

/// Swift strings as the null-terminated arrays of C strings that exec and spawn take.
enum CStrings {
    static func withArray<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { (array + index).initialize(to: strdup(string)) }
        (array + strings.count).initialize(to: nil)
        defer {
            for index in strings.indices { free(array[index]) }
            array.deallocate()
        }
        return body(array)
    }
}
