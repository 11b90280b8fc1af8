/// What a new connection says before anything else: AUTH, SELECT, CLIENT SETNAME, in one write.
struct RedisGreeting: Sendable {
    enum Step: Hashable, Sendable { case authenticate, select, name }

    /// One reply is due for each, in this order; never empty, so a connection is up only after an answer.
    let steps: [Step]
    let bytes: [UInt8]

    /// - Parameter name: shown by CLIENT LIST; characters Redis does not take in a name become `_`.
    init(url: RedisURL, name: String) {
        var steps: [Step] = []
        var commands: [[RedisArgument]] = []
        if let password = url.password {
            steps.append(.authenticate)
            commands.append(["AUTH"] + (url.user.map { [RedisArgument($0)] } ?? []) + [RedisArgument(password)])
        }
        if url.database != 0 {
            steps.append(.select)
            commands.append(["SELECT", RedisArgument(url.database)])
        }
        steps.append(.name)
        let plain = name.utf8.map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "_") }
        commands.append(["CLIENT", "SETNAME", RedisArgument(plain)])
        self.steps = steps
        bytes = commands.flatMap { (try? RedisCommand.encode($0)) ?? [] }
    }

    /// Why Redis does not let us in, or nil to go on.
    static func refusal(of step: Step, _ reply: RESPValue) -> String? {
        guard case .error(let text) = reply else { return nil }
        switch step {
        case .authenticate, .select: return text
        // A user whose ACL forbids CLIENT works all the same, only without a name; one who has to log in first does not.
        case .name: return text.hasPrefix("NOAUTH") ? text : nil
        }
    }
}
