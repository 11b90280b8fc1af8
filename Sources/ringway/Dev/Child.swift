import Glibc

/// One process of a `ringway dev`: what it is and how it is started.
struct Child: Sendable, Hashable {
    /// What a child does; in the order of starting. Stopping goes the other way.
    enum Role: Int, Sendable, Hashable, CaseIterable, Comparable {
        case redis
        case registry
        case gateway
        case node

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Unique in the cluster, and the prefix of its log lines.
    let name: String
    let role: Role
    /// The executable's path.
    let program: String
    let arguments: [String]
    /// The service of a node.
    var service = ""
}

/// How a process ended.
enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    /// From what waitpid(2) reports.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .code(waitStatus >> 8 & 0xff) : .signal(signal)
    }

    var description: String {
        switch self {
        case .code(let code): "ended with exit code \(code)"
        case .signal(let number): "was killed by \(SignalName.of(number))"
        }
    }
}

/// Signals by the names people type.
enum SignalName {
    static func of(_ number: Int32) -> String {
        switch number {
        case SIGHUP: "SIGHUP"
        case SIGINT: "SIGINT"
        case SIGQUIT: "SIGQUIT"
        case SIGILL: "SIGILL"
        case SIGABRT: "SIGABRT"
        case SIGBUS: "SIGBUS"
        case SIGKILL: "SIGKILL"
        case SIGSEGV: "SIGSEGV"
        case SIGTERM: "SIGTERM"
        default: "signal \(number)"
        }
    }
}
