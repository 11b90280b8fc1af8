import Foundation

/// The processor time of a process, from /proc: the sum over its threads, so it needs no permission but to see them.
enum ProcessTime {
    /// Nanoseconds on a processor so far. Threads that ended are missing in the fine count, so the coarse one is a floor.
    static func nanoseconds(of pid: Int32) throws(Failure) -> Int64 {
        guard let coarse = ticks(pid) else { throw Failure("--pid \(pid): no such process, or it is another user's") }
        return max(fine(pid), coarse)
    }

    /// /proc/PID/task/*/schedstat counts in nanoseconds.
    private static func fine(_ pid: Int32) -> Int64 {
        let folder = "/proc/\(pid)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return threads.reduce(0) { sum, thread in
            let words = text("\(folder)/\(thread)/schedstat")?.split(separator: " ") ?? []
            return sum + (words.first.flatMap { Int64($0) } ?? 0)
        }
    }

    /// utime and stime of /proc/PID/stat, in ticks of (usually) 10 ms, rounded down.
    private static func ticks(_ pid: Int32) -> Int64? {
        // The name in the second field may hold spaces and parentheses, so fields count from the last one.
        guard let all = text("/proc/\(pid)/stat"), let end = all.lastIndex(of: ")") else { return nil }
        let fields = all[all.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]) else { return nil }
        return (user + system) * 1_000_000_000 / Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    private static func text(_ path: String) -> String? {
        // Files of /proc claim to be empty, so they are read, not mapped or measured.
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
