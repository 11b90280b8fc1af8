import Operations

/// What `ringway --version` prints.
enum CommandVersion {
    static let text = "ringway \(Program.version)"
}
