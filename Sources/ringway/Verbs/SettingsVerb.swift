import ArgumentParser
import ClusterModel
import Foundation

/// A service's settings, which travel with its ring.
struct SettingsVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Show or change a service's settings.",
        subcommands: [Get.self, Set.self], defaultSubcommand: Get.self)

    /// Shows them.
    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a service's settings.")

        @OptionGroup var options: RegistryOptions

        @Flag(help: "Print them as JSON.")
        var json = false

        func run() async throws {
            let service = options.place.service
            let body = try await ServerCall.send(
                "GET", "/v1/services", to: try options.registry.addresses(), role: "registry",
                token: try options.accessToken())
            let settings = try SettingsText.find(service, in: body)
            for line in json ? [SettingsText.json(settings)] : SettingsText.lines(settings) { Output.say(line) }
        }
    }

    /// Changes them.
    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Change settings of a service: plan=, delivery=, vnodes=, close_over_ms=, move_rate=, moves_in_flight=.",
            discussion: "For example `ringway settings set plan=reconnect-all delivery=broadcast`.")

        @OptionGroup var options: RegistryOptions

        @Argument(help: ArgumentHelp("What to set.", valueName: "name=value"))
        var assignments: [String]

        func validate() throws {
            for text in assignments where SettingsText.split(text) == nil {
                throw ValidationError("'\(text)': expected name=value, e.g. plan=reconnect-moved")
            }
        }

        func run() async throws {
            let body = SettingsText.body(assignments.compactMap(SettingsText.split))
            let answer = try await options.call("PUT", "settings", body: body)
            Output.say(json: answer)
        }
    }
}

/// Settings between what a person writes and the registry's JSON.
enum SettingsText {
    static func split(_ text: String) -> (name: String, value: String)? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty ? (parts[0], parts[1]) : nil
    }

    /// An object of the assignments; what is an integer goes as a number.
    static func body(_ assignments: [(name: String, value: String)]) -> [UInt8] {
        let members = assignments.map { name, value in
            "\(quoted(name)):\(UInt32(value).map(String.init) ?? quoted(value))"
        }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    /// A text as a JSON string.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONWriter.append(text.utf8, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The settings of one service in the list of all.
    static func find(_ service: String, in body: [UInt8]) throws(Failure) -> [String: Any] {
        let root = try? JSONSerialization.jsonObject(with: Data(body))
        let list = (root as? [String: Any])?["services"] as? [[String: Any]] ?? root as? [[String: Any]] ?? []
        guard let entry = list.first(where: { $0["service"] as? String == service }) else {
            let known = list.compactMap { $0["service"] as? String }.joined(separator: ", ")
            throw Failure("the registry knows no service '\(service)'; it knows \(known.isEmpty ? "none" : known)")
        }
        return entry["settings"] as? [String: Any] ?? [:]
    }

    static func lines(_ settings: [String: Any]) -> [String] {
        settings.keys.sorted().map { "\($0)=\(settings[$0].map { "\($0)" } ?? "")" }
    }

    static func json(_ settings: [String: Any]) -> String {
        guard let bytes = try? JSONSerialization.data(withJSONObject: settings, options: [.sortedKeys]) else {
            return "{}"
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
