/// Splits a command line into flags: `--name value`, `--name=value`, and a bare `--name` where the setting is a switch.
enum FlagScanner {
    enum Piece: Equatable {
        /// A flag; `nil` says that its value is missing.
        case flag(name: String, value: String?)
        /// An argument that belongs to no flag.
        case stray(String)
    }

    static func scan(_ arguments: [String], isSwitch: (String) -> Bool) -> [Piece] {
        var pieces: [Piece] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument.count > 2 else {
                pieces.append(.stray(argument))
                continue
            }
            let body = argument.dropFirst(2)
            if let equals = body.firstIndex(of: "=") {
                let value = String(body[body.index(after: equals)...])
                pieces.append(.flag(name: String(body[..<equals]), value: value))
                continue
            }
            let name = String(body)
            if isSwitch(name) {
                // A switch takes the next argument only if it is clearly its value.
                let value = rest.first.flatMap { Bool($0) }
                if value != nil { rest.removeFirst() }
                pieces.append(.flag(name: name, value: String(value ?? true)))
            } else if let next = rest.first, !next.hasPrefix("--") {
                rest.removeFirst()
                pieces.append(.flag(name: name, value: next))
            } else {
                // "--port --host x" is a forgotten value, not a port called "--host"; "--port=--host" still says the latter.
                pieces.append(.flag(name: name, value: nil))
            }
        }
        return pieces
    }
}
