/// The values a program starts with. Every one was checked when it was loaded, so reading one never fails.
public struct Settings: Sendable {
    struct Given: Sendable, Equatable {
        let text: String
        let origin: SettingOrigin
    }

    private let given: [String: Given]

    init(given: [String: Given]) {
        self.given = given
    }

    /// The value of a setting of this program.
    ///
    /// Asking for a setting that the program does not declare is a mistake in the program, not of its user, and stops it.
    public subscript<Value>(_ setting: Setting<Value>) -> Value {
        guard let entry = given[setting.name] else {
            preconditionFailure("\(setting.flag) was read but this program does not declare it")
        }
        do {
            return try setting.read(entry.text)
        } catch {
            preconditionFailure("\(setting.flag) was checked at start and is now said to be malformed: \(error)")
        }
    }

    /// Where the value of a setting came from.
    public func origin(of setting: any DeclaredSetting) -> SettingOrigin {
        given[setting.name]?.origin ?? .standard
    }

    /// A problem with the value of `setting`, pointing to the place it came from; for checks that need more than one value.
    public func problem(_ setting: any DeclaredSetting, _ message: String) -> SettingProblem {
        SettingProblem(place: setting.place(in: origin(of: setting)), message: message)
    }
}
