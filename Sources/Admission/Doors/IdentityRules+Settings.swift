import ClusterModel
import Edge
import Operations

extension IdentityRules {
    /// Reads the settings of a gateway or a node, and the key files that they name.
    ///
    /// - Parameters:
    ///   - userFrom: the program's `--user-from`.
    ///   - services: those that are served here.
    ///   - ignoresOthers: settings may name services that are served elsewhere, as those of a node may that shares its file
    ///     with others. Where all are known, an unknown name is a slip and refused.
    /// - Returns: the rules, or everything that is wrong.
    public static func load(
        _ settings: Settings, userFrom: Setting<String>, services: [ServiceName], ignoresOthers: Bool
    ) async -> Result<IdentityRules, SettingsRefused> {
        var problems: [SettingProblem] = []
        let lists = ServiceLists(settings, services: services, ignoresOthers: ignoresOthers, problems: &problems)
        let text = settings[userFrom]
        if settings[IdentitySettings.keys].isEmpty {
            if text == "token" {
                problems.append(settings.problem(userFrom, "tokens need keys: give --jwt-keys"))
            }
            guard problems.isEmpty, let source = UserSource(text) else { return .failure(SettingsRefused(problems)) }
            return .success(IdentityRules(source: .request(source), origins: lists.origins))
        }
        if text != "token", settings.origin(of: userFrom) != .standard {
            problems.append(
                settings.problem(userFrom, "where --jwt-keys is given the token names the user; leave this out"))
        }
        let verifiers = await verifiers(settings, lists, services, &problems)
        guard problems.isEmpty else { return .failure(SettingsRefused(problems)) }
        return .success(IdentityRules(source: .tokens(verifiers), origins: lists.origins))
    }

    private static func verifiers(
        _ settings: Settings, _ lists: ServiceLists, _ services: [ServiceName], _ problems: inout [SettingProblem]
    ) async -> [ServiceName: TokenVerifier] {
        var verifiers: [ServiceName: TokenVerifier] = [:]
        var audiences: [String: ServiceName] = [:]
        let algorithm = TokenAlgorithm(rawValue: settings[IdentitySettings.algorithm])
        for service in services {
            let audience = lists.audience[service] ?? service.text
            if let other = audiences.updateValue(service, forKey: audience) {
                problems.append(
                    settings.problem(
                        IdentitySettings.audience,
                        "a token for \(other) would open \(service), too; give each its own: \(service)=AUDIENCE"))
            }
            guard let path = lists.keys[service] else {
                problems.append(
                    settings.problem(IdentitySettings.keys, "no keys for service \(service); add \(service)=PATH"))
                continue
            }
            let file = KeyFile(path: path, algorithm: algorithm)
            do throws(KeyFileProblems) {
                let keys = try await file.read()
                verifiers[service] = TokenVerifier(
                    service: service,
                    rules: TokenRules(
                        issuer: lists.issuer[service], audience: audience,
                        userClaim: settings[IdentitySettings.userClaim]),
                    file: file, keys: keys)
            } catch {
                let found = error.all.map { settings.problem(IdentitySettings.keys, "\(path) \($0)") }
                // One file for several services is one problem.
                problems += found.filter { !problems.contains($0) }
            }
        }
        return verifiers
    }
}

/// The settings that services may have values of their own for.
private struct ServiceLists {
    var keys: [ServiceName: String] = [:]
    var issuer: [ServiceName: String] = [:]
    var audience: [ServiceName: String] = [:]
    var origins = OriginRules()

    init(_ settings: Settings, services: [ServiceName], ignoresOthers: Bool, problems: inout [SettingProblem]) {
        func check(_ setting: any DeclaredSetting, _ entries: [IdentitySettings.Entry]) {
            guard !ignoresOthers else { return }
            for name in entries.compactMap(\.service) where !services.contains(where: { $0.text == name }) {
                problems.append(settings.problem(setting, "no service '\(name)' is served here"))
            }
        }
        func values(_ setting: Setting<[String]>) -> [ServiceName: String] {
            let entries = IdentitySettings.entries(setting, settings)
            check(setting, entries)
            let common = entries.first { $0.service == nil }?.value
            var values: [ServiceName: String] = [:]
            for service in services {
                values[service] = entries.first { $0.service == service.text }?.value ?? common
            }
            return values
        }
        keys = values(IdentitySettings.keys)
        issuer = values(IdentitySettings.issuer)
        audience = values(IdentitySettings.audience)
        let entries = IdentitySettings.origins(settings)
        check(GatewaySettings.origins, entries)
        var own: [ServiceName: [String]] = [:]
        for service in services { own[service] = entries.filter { $0.service == service.text }.map(\.value) }
        origins = OriginRules(allowed: entries.filter { $0.service == nil }.map(\.value), byService: own)
    }
}
