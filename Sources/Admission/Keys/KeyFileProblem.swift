/// What is wrong with one key file, or with one key in it, for a person to mend. Holds nothing of the keys themselves.
struct KeyFileProblem: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Everything that is wrong with one key file.
struct KeyFileProblems: Error, Sendable, Equatable, CustomStringConvertible {
    let all: [KeyFileProblem]

    /// All of it in one line.
    var description: String { all.map(\.description).joined(separator: "; ") }
}
