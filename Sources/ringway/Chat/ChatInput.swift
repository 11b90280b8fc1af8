/// What a person typed in `ringway chat`.
enum ChatInput: Hashable {
    case say(String, to: String)
    case turn(to: String)
    case whereIs(String?)
    case help
    case quit
    case nothing
    case mistake(String)

    static let instructions = """
        text          to the peer of --to or /to
        peer: text    to that peer
        /to peer      whom plain text goes to
        /where [user] which node owns a user
        /quit         leave
        """

    /// Reads one line.
    ///
    /// - Parameter peer: whom plain text goes to.
    init(_ line: String, peer: String?) {
        let text = Self.trimmed(line)
        if text.isEmpty {
            self = .nothing
        } else if text.hasPrefix("/") {
            self = Self.command(text)
        } else if let colon = text.range(of: ": "), !text[..<colon.lowerBound].contains(" "),
            colon.lowerBound > text.startIndex
        {
            let said = Self.trimmed(String(text[colon.upperBound...]))
            self = .say(said, to: String(text[..<colon.lowerBound]))
        } else if let peer {
            self = .say(text, to: peer)
        } else {
            self = .mistake("to whom? `bob: \(text)`, or `/to bob` first")
        }
    }

    private static func command(_ text: String) -> ChatInput {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        let argument = words.count > 1 ? trimmed(words[1]) : nil
        switch words.first {
        case "/quit", "/q", "/exit": return .quit
        case "/help", "/?": return .help
        case "/where": return .whereIs(argument)
        case "/to": return argument.map { .turn(to: $0) } ?? .mistake("/to needs a peer, e.g. /to bob")
        default: return .mistake("\(words.first ?? text) is unknown; /help lists what is there")
        }
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
