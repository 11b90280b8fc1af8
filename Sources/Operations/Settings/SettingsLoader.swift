/// Reads a program's settings from its flags, then `RINGWAY_*`, then the settings file, then the defaults.
///
/// Nothing is skipped after the first mistake: whoever starts a program sees everything that is wrong in one go.
/// No process state is read here; arguments, environment and files are passed in, so a test is a table.
public struct SettingsLoader {
    /// What a program should do after its command line was read.
    public enum Outcome {
        /// Start with these values.
        case run(Settings)
        /// Print this text on standard output and end with 0 (`--help`, `--version`).
        case answer(String)
        /// Say what is wrong and end with 78.
        case refused([SettingProblem])
    }

    private let program: Program
    private var problems: [SettingProblem] = []
    private var given: [String: Settings.Given] = [:]
    /// Names of settings without a well-formed value, which no rule may look at.
    private var unusable: Set<String> = []

    private init(_ program: Program) {
        self.program = program
    }

    /// Loads the settings of `program`.
    /// - Parameters:
    ///   - arguments: the command line without the program's own name
    ///   - environment: all of it; only names that start with `RINGWAY_` are looked at
    ///   - readFile: the text of a file, or an error whose description says why not
    public static func load(
        _ program: Program, arguments: [String], environment: [String: String],
        readFile: (String) throws -> String
    ) -> Outcome {
        if arguments.contains("--help") || arguments.contains("-h") { return .answer(HelpText.help(for: program)) }
        if arguments.contains("--version") { return .answer(HelpText.version(of: program)) }
        var loader = SettingsLoader(program)
        // Lowest precedence last: `take` keeps what is already there.
        loader.takeFlags(arguments)
        loader.takeEnvironment(environment)
        if let path = loader.given[CommonSettings.config.name]?.text, !path.isEmpty {
            loader.takeFile(path, readFile)
        }
        loader.takeDefaults()
        let settings = Settings(given: loader.given)
        for rule in program.rules where loader.unusable.isDisjoint(with: rule.needs.map(\.name)) {
            if let problem = rule.check(settings) { loader.problems.append(problem) }
        }
        return loader.problems.isEmpty ? .run(settings) : .refused(loader.problems)
    }

    private mutating func takeFlags(_ arguments: [String]) {
        var seen: Set<String> = []
        for flag in FlagScanner.scan(arguments, isSwitch: { program.setting(named: $0)?.isSwitch ?? false }) {
            switch flag {
            case .stray(let text):
                problems.append(
                    SettingProblem(
                        place: Quoting.quoted(text), message: "unexpected; every setting is given as --name value"))
            case .flag(let name, let value):
                guard let setting = program.setting(named: name) else {
                    problems.append(unknown("--" + Quoting.escaped(name), "flag", name, prefix: "--"))
                    continue
                }
                guard seen.insert(name).inserted else {
                    problems.append(SettingProblem(place: setting.flag, message: "given more than once"))
                    continue
                }
                guard let value else {
                    problems.append(SettingProblem(place: setting.flag, message: "needs a value: \(setting.form)"))
                    given[name] = Settings.Given(text: "", origin: .flag)
                    unusable.insert(name)
                    continue
                }
                take(setting, value, .flag)
            }
        }
    }

    private mutating func takeEnvironment(_ environment: [String: String]) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("RINGWAY_") {
            if let setting = program.declared.first(where: { $0.environmentName == name }) {
                take(setting, value, .environment)
            } else if !Catalogue.everyName.contains(where: { $0.environmentName == name }) {
                let plain = name.dropFirst("RINGWAY_".count).lowercased().map { $0 == "_" ? "-" : String($0) }.joined()
                problems.append(unknown(Quoting.escaped(name), "environment name", plain, prefix: "RINGWAY_"))
            }
        }
    }

    private mutating func takeFile(_ path: String, _ readFile: (String) throws -> String) {
        switch SettingsFile.read(path, readFile) {
        case .failure(let problem): problems.append(problem)
        case .success(let entries):
            for entry in entries {
                if let setting = program.setting(named: entry.key) {
                    guard setting.name != CommonSettings.config.name else {
                        problems.append(
                            SettingProblem(place: "\(path): config", message: "a settings file cannot name another one")
                        )
                        continue
                    }
                    switch entry.value {
                    case .text(let text): take(setting, text, .file(path: path))
                    case .unfit(let what):
                        problems.append(
                            SettingProblem(
                                place: "\(path): \(entry.key)", message: "expected \(setting.form), got \(what)"))
                    }
                } else if !Catalogue.everyName.contains(where: { $0.name == entry.key }) {
                    problems.append(unknown("\(path): \(Quoting.escaped(entry.key))", "setting", entry.key, prefix: ""))
                }
            }
        }
    }

    private mutating func takeDefaults() {
        for setting in program.declared where given[setting.name] == nil {
            if let standard = setting.defaultText {
                take(setting, standard, .standard)
            } else {
                unusable.insert(setting.name)
                problems.append(
                    SettingProblem(place: setting.flag, message: "is required: \(setting.form); \(setting.help)"))
            }
        }
    }

    /// Checks a value wherever it came from; a higher source's value stays.
    private mutating func take(_ setting: any DeclaredSetting, _ text: String, _ origin: SettingOrigin) {
        if let problem = setting.problem(with: text, from: origin) {
            problems.append(problem)
            unusable.insert(setting.name)
        }
        if given[setting.name] == nil { given[setting.name] = Settings.Given(text: text, origin: origin) }
    }

    private func unknown(_ place: String, _ what: String, _ name: String, prefix: String) -> SettingProblem {
        var message = "unknown \(what)"
        if let nearest = Spelling.nearest(to: name, among: program.declared.map(\.name)) {
            let shown =
                prefix == "RINGWAY_" ? program.setting(named: nearest)?.environmentName ?? nearest : prefix + nearest
            message += "; did you mean \(shown)?"
        } else {
            message += "; --help lists what \(program.name) knows"
        }
        return SettingProblem(place: place, message: message)
    }
}
