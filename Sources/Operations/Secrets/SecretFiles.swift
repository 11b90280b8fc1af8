import Logging

extension Settings {
    /// The tokens of the file that a setting names; `nil` if it names none.
    public func tokens(_ setting: Setting<String>) throws(SettingsRefused) -> ReloadableFile<[AccessToken]>? {
        try file(setting) { try SecretLines.tokens($0) }
    }

    /// What `make` makes of the secrets in the file that a setting names; `nil` if it names none.
    /// - Parameter most: how many lines the file may have.
    public func secrets<Content: Sendable>(
        _ setting: Setting<String>, most: Int, _ make: @escaping @Sendable ([[UInt8]]) -> Content?
    ) throws(SettingsRefused) -> ReloadableFile<Content>? {
        try file(setting) { text in
            guard let content = make(try SecretLines.secrets(text, most: most)) else {
                throw SecretLines.Malformed(description: "it holds no usable secret")
            }
            return content
        }
    }

    private func file<Content: Sendable>(
        _ setting: Setting<String>, _ parse: @escaping @Sendable (String) throws -> Content
    ) throws(SettingsRefused) -> ReloadableFile<Content>? {
        let path = self[setting]
        if path.isEmpty { return nil }
        do throws(UnusableFile) {
            return try ReloadableFile(path, parse: parse)
        } catch {
            throw SettingsRefused([problem(setting, error.description)])
        }
    }
}

extension Launch {
    /// Reads the file again on SIGHUP, and says so now if everybody on this machine can read it.
    public func keep<Content: Sendable>(_ what: String, _ file: ReloadableFile<Content>?) {
        guard let file else { return }
        if file.isReadableByAll {
            logger.warning(
                "every user of this machine can read a file of secrets",
                metadata: ["what": "\(what)", "file": "\(file.path)"])
        }
        reloads.add(what) {
            try file.reload()
            return "\(file.current)"
        }
    }
}
