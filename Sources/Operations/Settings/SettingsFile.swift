import Yams

/// The settings file: one YAML mapping of setting names to plain values (or lists of them).
enum SettingsFile {
    enum Value: Equatable {
        case text(String)
        /// Something no setting can be, in words: "a mapping".
        case unfit(String)
    }

    struct Entry: Equatable {
        let key: String
        let value: Value
    }

    /// Reads the file at `path`. Values keep the text they have in the file (`007` stays `007`, `on` stays `on`): they are
    /// read by the same functions as flags, so that no YAML rule about types can change what a setting means.
    static func read(_ path: String, _ readFile: (String) throws -> String) -> Result<[Entry], SettingProblem> {
        let text: String
        do {
            text = try readFile(path)
        } catch {
            return .failure(SettingProblem(place: path, message: "cannot be read: \(error)"))
        }
        do {
            guard let root = try Yams.compose(yaml: text) else { return .success([]) }
            guard case .mapping(let mapping) = root else {
                return .failure(
                    SettingProblem(place: path, message: "expected a YAML mapping of setting names to values"))
            }
            return .success(
                mapping.map { key, value in
                    Entry(key: key.scalar?.string ?? "(a key that is not plain text)", value: self.value(of: value))
                })
        } catch let YamlError.duplicatedKeysInMapping(duplicates, _) {
            let names = duplicates.sorted().map(Quoting.quoted).joined(separator: ", ")
            return .failure(SettingProblem(place: path, message: "given more than once: \(names)"))
        } catch {
            let firstLine = "\(error)".split(separator: "\n").first.map(String.init) ?? "not YAML"
            return .failure(SettingProblem(place: path, message: "is not valid YAML: \(Quoting.escaped(firstLine))"))
        }
    }

    private static func value(of node: Node) -> Value {
        switch node {
        case .scalar(let scalar):
            // An empty value (`port:`) is a slip; an empty text is written `""`.
            if scalar.string.isEmpty && scalar.style == .plain { return .unfit("nothing") }
            return .text(scalar.string)
        case .sequence(let sequence):
            let parts = sequence.map { $0.scalar?.string }
            guard !parts.isEmpty, parts.allSatisfy({ $0?.contains(",") == false }) else {
                return .unfit("a list of something other than plain texts")
            }
            return .text(parts.compactMap(\.self).joined(separator: ","))
        case .mapping: return .unfit("a mapping")
        case .alias: return .unfit("an alias")
        }
    }
}
