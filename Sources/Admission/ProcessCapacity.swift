import Glibc
import Reactor

/// What the machine gives this process: descriptors and memory.
public struct ProcessCapacity: Sendable, Equatable {
    /// Where the memory's bound comes from.
    public enum MemorySource: String, Sendable {
        /// The control group's `memory.max`, or that of a group around it.
        case controlGroup = "cgroup"
        /// `RLIMIT_AS`.
        case addressSpace = "RLIMIT_AS"
        /// The machine's memory.
        case machine
    }

    /// Descriptors that may be open.
    public let descriptors: Int
    /// Descriptors that were open when it was asked.
    public let descriptorsInUse: Int
    /// Bytes of memory.
    public let memory: Int
    /// What bounds the memory.
    public let memorySource: MemorySource

    /// A capacity with these parts.
    public init(descriptors: Int, descriptorsInUse: Int, memory: Int, memorySource: MemorySource) {
        self.descriptors = descriptors
        self.descriptorsInUse = descriptorsInUse
        self.memory = memory
        self.memorySource = memorySource
    }

    /// What this process has. Raises the soft limit of descriptors to the hard one.
    public static func ofThisProcess() -> ProcessCapacity {
        let descriptors = Descriptors.raisedLimit()
        var memory = max(1, sysconf(Int32(_SC_PHYS_PAGES))) * max(1, sysconf(Int32(_SC_PAGESIZE)))
        var source = MemorySource.machine
        if let space = addressSpace(), space < memory { (memory, source) = (space, .addressSpace) }
        let groups = text(ofFile: "/proc/self/cgroup").map(controlGroups) ?? []
        for group in groups {
            if let bound = text(ofFile: group + "/memory.max").flatMap(bytes), bound < memory {
                (memory, source) = (bound, .controlGroup)
            }
        }
        return ProcessCapacity(
            descriptors: descriptors, descriptorsInUse: Descriptors.openNow(), memory: memory, memorySource: source)
    }

    /// The folders of the control group (version 2) that `/proc/self/cgroup` names, and of all groups around it.
    static func controlGroups(_ text: String) -> [String] {
        let root = "/sys/fs/cgroup"
        for line in text.split(separator: "\n") where line.hasPrefix("0::/") {
            let parts = line.dropFirst(4).split(separator: "/")
            return (0...parts.count).map { count in
                ([root] + parts.prefix(count).map(String.init)).joined(separator: "/")
            }
        }
        return []
    }

    /// The number in a `memory.max`; nil for `max`, which is none.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        return Int(digits)
    }

    private static func addressSpace() -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max else {
            return nil
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// At most a page of a file of the kernel's; nil if it cannot be read.
    private static func text(ofFile path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
