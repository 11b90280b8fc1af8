import ClusterModel

extension HistoryEvent {
    /// Appends the event as one line of JSON, with its line feed.
    func append(to bytes: inout [UInt8]) {
        bytes += #"{"t":"#.utf8
        Self.append(time, to: &bytes)
        switch kind {
        case .begins(let plan, let delivery, let users, let seed):
            Self.append("plan", text: plan, to: &bytes)
            Self.append("class", text: delivery, to: &bytes)
            Self.append("users", Int64(users), to: &bytes)
            // A seed may have 64 bits; a JSON number keeps 53.
            Self.append("seed", text: "\(seed)", to: &bytes)
        case .phase(let name):
            Self.append("phase", text: name, to: &bytes)
        case .sent(let user, let number, let recipient):
            Self.append("sent", Int64(user), to: &bytes)
            Self.append("n", Int64(number), to: &bytes)
            Self.append("to", Int64(recipient), to: &bytes)
        case .told(let user, let number, let outcome):
            Self.append("told", Int64(user), to: &bytes)
            Self.append("n", Int64(number), to: &bytes)
            Self.append("is", text: outcome.rawValue, to: &bytes)
        case .got(let user, let sender, let number, let written):
            Self.append("got", Int64(user), to: &bytes)
            Self.append("from", Int64(sender), to: &bytes)
            Self.append("n", Int64(number), to: &bytes)
            Self.append("written", written, to: &bytes)
        case .opened(let user, let node):
            Self.append("opened", Int64(user), to: &bytes)
            Self.append("node", text: node, to: &bytes)
        case .closed(let user, let code, let why):
            Self.append("closed", Int64(user), to: &bytes)
            Self.append("code", Int64(code), to: &bytes)
            Self.append("why", text: why, to: &bytes)
        case .misplaced(let count):
            // Nobody knows: -1, so that the member is always a number.
            Self.append("misplaced", Int64(count ?? -1), to: &bytes)
        case .late(let milliseconds): Self.append("late", Int64(milliseconds), to: &bytes)
        }
        bytes += "}\n".utf8
    }

    private static func append(_ name: StaticString, _ value: Int64, to bytes: inout [UInt8]) {
        append(name, to: &bytes)
        append(value, to: &bytes)
    }

    private static func append(_ name: StaticString, text: String, to bytes: inout [UInt8]) {
        append(name, to: &bytes)
        JSONWriter.append(text.utf8, to: &bytes)
    }

    private static func append(_ name: StaticString, to bytes: inout [UInt8]) {
        bytes += ",\"".utf8
        name.withUTF8Buffer { bytes += $0 }
        bytes += "\":".utf8
    }

    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}

extension HistoryEvent {
    /// Reads one line; nil if it is no event.
    init?(line: UnsafeRawBufferPointer) {
        var numbers: [Int64?] = Array(repeating: nil, count: Self.numberNames.count)
        var texts: [String?] = Array(repeating: nil, count: Self.textNames.count)
        do throws(JSONError) {
            var scanner = JSONScanner(line)
            try scanner.beginObject()
            while let name = try scanner.nextMember() {
                let value = try scanner.value()
                if let index = Self.numberNames.firstIndex(where: { scanner.text(of: name, is: $0) }) {
                    numbers[index] = Self.integer(scanner.raw(value))
                } else if let index = Self.textNames.firstIndex(where: { scanner.text(of: name, is: $0) }) {
                    texts[index] = scanner.text(of: value)
                }
            }
            try scanner.finish()
        } catch { return nil }
        guard let time = numbers[0], let kind = Self.kind(numbers, texts) else { return nil }
        self.time = time
        self.kind = kind
    }

    /// The members with numbers, those first that name a kind.
    private static let numberNames: [StaticString] = [
        "t", "sent", "got", "told", "opened", "closed", "misplaced", "n", "to", "from", "written", "users", "code",
        "late",
    ]
    private static let textNames: [StaticString] = ["phase", "plan", "is", "node", "why", "class", "seed"]

    private static func kind(_ numbers: [Int64?], _ texts: [String?]) -> Kind? {
        let number = numbers[7].map(Int.init)
        if let user = numbers[1].map(Int.init), let number, let recipient = numbers[8].map(Int.init) {
            return .sent(by: user, number: number, to: recipient)
        }
        if let user = numbers[2].map(Int.init), let number, let sender = numbers[9].map(Int.init),
            let written = numbers[10]
        {
            return .got(user: user, from: sender, number: number, written: written)
        }
        if let user = numbers[3].map(Int.init), let number, let outcome = texts[2].flatMap(Outcome.init) {
            return .told(user: user, number: number, outcome)
        }
        if let user = numbers[4].map(Int.init), let node = texts[3] { return .opened(user: user, node: node) }
        if let user = numbers[5].map(Int.init), let code = numbers[12].map(Int.init), let why = texts[4] {
            return .closed(user: user, code: code, why: why)
        }
        if let count = numbers[6] { return .misplaced(count < 0 ? nil : Int(count)) }
        if let milliseconds = numbers[13] { return .late(milliseconds: Int(milliseconds)) }
        if let phase = texts[0] { return .phase(phase) }
        if let plan = texts[1], let delivery = texts[5], let users = numbers[11].map(Int.init),
            let seed = texts[6].flatMap(UInt64.init)
        {
            return .begins(plan: plan, delivery: delivery, users: users, seed: seed)
        }
        return nil
    }

    /// The scanner reads numbers from 0; the history has an unknown that is -1.
    private static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
        var value: Int64 = 0
        let isNegative = text.first == UInt8(ascii: "-")
        for byte in text.dropFirst(isNegative ? 1 : 0) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), value < 1 << 58 else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return isNegative ? -value : value
    }
}
