// The kinds of value a setting can have. Each says in its `form` what it accepts, so that help and complaints agree.

extension Setting where Value == Int {
    /// A whole number in decimal digits within `range`.
    public static func integer(
        _ name: String, in range: ClosedRange<Int>, default standard: Int?, defaultNote: String? = nil, help: String
    ) -> Setting {
        number(name, "a whole number (\(range.lowerBound)…\(range.upperBound))", in: range, standard, defaultNote, help)
    }

    /// A TCP port; 0 lets the system choose a free one, which the ready line then names.
    public static func port(_ name: String, default standard: Int?, help: String) -> Setting {
        number(name, "a port (0…65535)", in: 0...65535, standard, nil, help)
    }

    /// A number of bytes: `65536`, `64KiB`, `1MiB`.
    public static func size(
        _ name: String, in range: ClosedRange<Int>, default standard: Int, defaultNote: String? = nil, help: String
    ) -> Setting {
        let form = "a size (\(SizeText.text(range.lowerBound))…\(SizeText.text(range.upperBound)), like 64KiB or 1MiB)"
        return Setting(name, form: form, default: SizeText.text(standard), defaultNote: defaultNote, help: help) {
            text throws(MalformedSetting) in
            guard let bytes = SizeText.bytes(text), range.contains(bytes) else {
                throw MalformedSetting(expected: form)
            }
            return bytes
        }
    }

    private static func number(
        _ name: String, _ form: String, in range: ClosedRange<Int>, _ standard: Int?, _ note: String?, _ help: String
    ) -> Setting {
        Setting(name, form: form, default: standard.map(String.init), defaultNote: note, help: help) {
            text throws(MalformedSetting) in
            // Int("+7") is 7; a plus sign is more often a slip of the hand than meant.
            guard let value = Int(text), !text.hasPrefix("+"), range.contains(value) else {
                throw MalformedSetting(expected: form)
            }
            return value
        }
    }
}

extension Setting where Value == Duration {
    /// A span of time with its unit: `3s`, `200ms`.
    public static func duration(
        _ name: String, in range: ClosedRange<Duration>, default standard: Duration, help: String
    ) -> Setting {
        let span = "\(DurationText.text(range.lowerBound))…\(DurationText.text(range.upperBound))"
        let form = "a duration with its unit (\(span), like 3s or 200ms)"
        return Setting(name, form: form, default: DurationText.text(standard), help: help) {
            text throws(MalformedSetting) in
            guard let value = DurationText.duration(text), range.contains(value) else {
                throw MalformedSetting(expected: form)
            }
            return value
        }
    }
}

extension Setting where Value == Bool {
    /// `true` or `false`; the flag alone means `true`.
    public static func bool(_ name: String, default standard: Bool = false, help: String) -> Setting {
        Setting(name, form: "true or false", default: String(standard), help: help, isSwitch: true) {
            text throws(MalformedSetting) in
            guard let value = Bool(text) else { throw MalformedSetting(expected: "true or false") }
            return value
        }
    }
}

extension Setting where Value == String {
    /// One of a few words.
    public static func choice(_ name: String, of words: [String], default standard: String, help: String) -> Setting {
        text(
            name, form: "one of " + words.joined(separator: ", "), default: standard, help: help, where: words.contains)
    }

    /// Any text for which `accepts` holds; `form` says in words what that is.
    public static func text(
        _ name: String, form: String, default standard: String?, defaultNote: String? = nil, help: String,
        isSecret: Bool = false, where accepts: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> Setting {
        Setting(name, form: form, default: standard, defaultNote: defaultNote, help: help, isSecret: isSecret) {
            text throws(MalformedSetting) in
            guard accepts(text) else { throw MalformedSetting(expected: form) }
            return text
        }
    }

    /// An address to listen on: numeric IPv4 or IPv6, or `localhost`, which is read as 127.0.0.1.
    ///
    /// Names are refused here: a name can resolve to an address nobody meant to listen on.
    public static func bindHost(_ name: String, default standard: String = "127.0.0.1", help: String) -> Setting {
        let form = "a numeric IPv4 or IPv6 address"
        return Setting(name, form: form, default: standard, help: help) { text throws(MalformedSetting) in
            if text == "localhost" { return "127.0.0.1" }
            guard Grammar.isNumericAddress(text) else { throw MalformedSetting(expected: form) }
            return text
        }
    }

    /// A host that others connect to: a numeric address or a DNS name.
    public static func host(
        _ name: String, default standard: String?, defaultNote: String? = nil, help: String
    ) -> Setting {
        text(
            name, form: "a host name or a numeric address", default: standard, defaultNote: defaultNote, help: help,
            where: { $0.isEmpty && standard == "" || Grammar.isNumericAddress($0) || Grammar.isHostName($0) })
    }

    /// A URL that starts with one of `schemes` (each with its colon and slashes); the part behind it is checked by its user.
    public static func url(
        _ name: String, schemes: [String], default standard: String?, help: String, isSecret: Bool = false
    ) -> Setting {
        text(
            name, form: "a URL that starts with " + schemes.joined(separator: " or "), default: standard, help: help,
            isSecret: isSecret, where: { Grammar.isURL($0, schemes: schemes) })
    }
}

extension Setting where Value == [String] {
    /// Several values with commas between them; empty and repeated ones are refused. Where the default is none, an empty text
    /// is none too.
    public static func list(
        _ name: String, of form: String, default standard: String?, defaultNote: String? = nil, help: String,
        where accepts: @escaping @Sendable (String) -> Bool
    ) -> Setting {
        let form = form + ", with commas between"
        return Setting(name, form: form, default: standard, defaultNote: defaultNote, help: help) {
            text throws(MalformedSetting) in
            if text.isEmpty, standard == "" { return [] }
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard !parts.contains("") else { throw MalformedSetting(expected: form + " and no empty one among them") }
            guard parts.allSatisfy(accepts), Set(parts).count == parts.count else {
                throw MalformedSetting(expected: form)
            }
            return parts
        }
    }
}
