/// One thing that is wrong with a program's settings, said so that a person can put it right.
public struct SettingProblem: Error, Equatable, CustomStringConvertible {
    /// Where the value stood, as a person would point at it: `--port`, `RINGWAY_PORT`, `ring.yaml: port`.
    public let place: String
    /// What is wrong, and what would be right.
    public let message: String

    /// A problem at a place.
    public init(place: String, message: String) {
        self.place = place
        self.message = message
    }

    /// `--port: expected a port (0…65535), got "80a"`.
    public var description: String { "\(place): \(message)" }
}

/// Thrown by a program that found, after its settings were read, that they cannot work; ends it with exit code 78.
public struct SettingsRefused: Error {
    /// Everything that is wrong, in the order it should be shown.
    public let problems: [SettingProblem]

    /// Refuses to start for these reasons.
    public init(_ problems: [SettingProblem]) {
        self.problems = problems
    }
}

/// Where a setting's value came from, in rising order of precedence.
public enum SettingOrigin: Sendable, Equatable {
    /// Nobody gave it.
    case standard
    /// A key of the settings file at `path`.
    case file(path: String)
    /// A `RINGWAY_…` name of the environment.
    case environment
    /// A flag of the command line.
    case flag
}

extension DeclaredSetting {
    /// Where a person finds this setting when it came from `origin`.
    func place(in origin: SettingOrigin) -> String {
        switch origin {
        case .standard, .flag: flag
        case .environment: environmentName
        case .file(let path): "\(path): \(name)"
        }
    }

    /// The problem with a value of this setting, if there is one; a secret's text is never repeated.
    func problem(with text: String, from origin: SettingOrigin) -> SettingProblem? {
        guard let complaint = complaint(about: text) else { return nil }
        let got = isSecret ? "something else (not shown: it may hold a password)" : Quoting.quoted(text)
        return SettingProblem(place: place(in: origin), message: "expected \(complaint.expected), got \(got)")
    }
}
