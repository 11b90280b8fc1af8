/// One long-running program: its name, what it is for, and the settings it declares.
public struct Program: Sendable {
    /// The version of this release.
    public static let version = "0.1.0"

    /// The executable's name.
    public let name: String
    /// What it is in the cluster, as log and ready lines say it: `registry`, `gateway`, `node`.
    public let role: String
    /// One line for `--help`.
    public let summary: String

    let declared: [any DeclaredSetting]
    let rules: [SettingRule]

    /// A program with the common settings besides its own.
    ///
    /// A test can declare one; the three real programs are in ``Catalogue``.
    public init(
        name: String, role: String, summary: String, settings: [any DeclaredSetting], rules: [SettingRule] = []
    ) {
        self.name = name
        self.role = role
        self.summary = summary
        self.declared = settings + CommonSettings.all
        self.rules = rules
    }

    func setting(named name: String) -> (any DeclaredSetting)? {
        declared.first { $0.name == name }
    }
}

/// A check that needs several values at once; it is made if each of them is well formed by itself.
public struct SettingRule: Sendable {
    let needs: [any DeclaredSetting]
    let check: @Sendable (Settings) -> SettingProblem?

    /// A rule over the settings in `needs`; `check` answers the problem, or `nil`.
    public init(needs: [any DeclaredSetting], check: @escaping @Sendable (Settings) -> SettingProblem?) {
        self.needs = needs
        self.check = check
    }
}
