/// One declared setting of a program: what it is called, what values it takes, and why its default is what it is.
///
/// A setting is a flag (`--lease 3s`), an environment name (`RINGWAY_LEASE`) and a key of the settings file (`lease: 3s`)
/// at once. Its value always arrives as text and is read by one function, so that all three accept exactly the same.
public struct Setting<Value: Sendable>: Sendable, DeclaredSetting {
    /// The name in lower case with dashes, without the leading `--`.
    public let name: String
    /// What a value looks like, in a few words, as `--help` and every complaint show it: `a port (0…65535)`.
    public let form: String
    /// The text that is read when nobody gave a value; `nil` makes the setting required.
    public let defaultText: String?
    /// What `--help` shows for the default where it is worked out at run time; `nil` shows `defaultText`.
    public let defaultNote: String?
    /// One sentence: what it does, its unit, and why the default is what it is.
    public let help: String
    /// Whether the value may hold a password, so that no complaint and no log line repeats it.
    public let isSecret: Bool
    /// Whether the flag may stand alone (`--verbose`), which means `true`.
    public let isSwitch: Bool

    private let reader: @Sendable (String) throws(MalformedSetting) -> Value

    /// Declares a setting; the factories (``port(_:default:help:)`` and its siblings) are the usual way.
    public init(
        _ name: String, form: String, default defaultText: String?, defaultNote: String? = nil, help: String,
        isSecret: Bool = false, isSwitch: Bool = false,
        read: @escaping @Sendable (String) throws(MalformedSetting) -> Value
    ) {
        self.name = name
        self.form = form
        self.defaultText = defaultText
        self.defaultNote = defaultNote
        self.help = help
        self.isSecret = isSecret
        self.isSwitch = isSwitch
        self.reader = read
    }

    /// Reads a value from its text, or says what was expected instead.
    public func read(_ text: String) throws(MalformedSetting) -> Value {
        try reader(text)
    }

    /// What is wrong with `text` as a value of this setting, or `nil`.
    public func complaint(about text: String) -> MalformedSetting? {
        do {
            _ = try reader(text)
            return nil
        } catch {
            return error
        }
    }
}

/// A setting without its value's type: what the loader, `--help` and the catalogue need of it.
public protocol DeclaredSetting: Sendable {
    /// The name in lower case with dashes, without the leading `--`.
    var name: String { get }
    /// What a value looks like.
    var form: String { get }
    /// The default as text; `nil` if the setting is required.
    var defaultText: String? { get }
    /// What `--help` shows in place of the default's text.
    var defaultNote: String? { get }
    /// One sentence of explanation.
    var help: String { get }
    /// Whether complaints must not repeat the value.
    var isSecret: Bool { get }
    /// Whether the flag may stand without a value.
    var isSwitch: Bool { get }
    /// What is wrong with `text` as a value, or `nil`.
    func complaint(about text: String) -> MalformedSetting?
}

extension DeclaredSetting {
    /// The flag as one types it: `--redis-url`.
    public var flag: String { "--" + name }

    /// The name in the environment: `RINGWAY_REDIS_URL`.
    public var environmentName: String {
        "RINGWAY_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
}

/// Why a text is not a value of a setting.
public struct MalformedSetting: Error, Equatable {
    /// What was expected, as a phrase that follows the word "expected".
    public let expected: String

    /// A complaint that reads "expected `expected`, got …".
    public init(expected: String) {
        self.expected = expected
    }
}
