/// What `--help` and `--version` print, written from the same declarations that read the values.
enum HelpText {
    static func version(of program: Program) -> String {
        "\(program.name) \(Program.version)\n"
    }

    static func help(for program: Program) -> String {
        var text = "\(program.name): \(program.summary)\n\n"
        text += "Each setting is a flag, a name in the environment, or a key of the YAML file that --config names;\n"
        text += "a flag wins over the environment, the environment over the file, the file over the default.\n\n"
        for setting in program.declared {
            let standard = setting.defaultNote ?? setting.defaultText
            let value = setting.isSwitch ? "" : " VALUE"
            text += "  \(setting.flag)\(value)   [\(setting.environmentName)]\n"
            let shown = standard.map { $0.isEmpty ? "none" : $0 }
            text += "      \(setting.form); \(shown.map { "default \($0)" } ?? "required")\n"
            text += wrapped(setting.help, indent: "      ", width: 96)
        }
        text += "  --help, --version\n      Print this text, or the version, and end.\n"
        return text
    }

    private static func wrapped(_ text: String, indent: String, width: Int) -> String {
        var lines = ""
        var line = indent
        for word in text.split(separator: " ") {
            if line.count + word.count > width, line.count > indent.count {
                lines += line + "\n"
                line = indent
            }
            line += (line.count > indent.count ? " " : "") + word
        }
        return lines + line + "\n"
    }
}
