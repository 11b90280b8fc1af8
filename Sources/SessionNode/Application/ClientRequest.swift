import ClusterModel

/// What a client of the default application asks for, as views of its frame.
///
/// Reading one allocates nothing, unless a name is written with escapes.
struct ClientRequest {
    /// How surely a message is to arrive.
    enum DeliveryClass: Equatable {
        case fast
        case reliable
    }

    enum Kind: Equatable {
        case send(DeliveryClass)
        case publish
        case join
        case leave
        case presence
        case ack
    }

    /// A frame that asks for nothing we know; `id` is the client's name of it, where it gave one.
    struct Mistake: Error {
        let reason: String
        var id: [UInt8]?
    }

    let kind: Kind
    /// The client's name of the request as it was written, quotes included: it goes back as it came. Empty for `ack`.
    let id: UnsafeRawBufferPointer
    /// The recipient of a `send`.
    let to: Name
    /// The JSON value to carry, byte for byte. Empty but for `send` and `publish`.
    let payload: UnsafeRawBufferPointer
    /// The number of a `send`, where the client gave one.
    var n: UInt64?
    /// Whether the client says that it may have sent this before.
    var isAgain = false
    /// Whether the frame says its class; otherwise `kind` says `fast`.
    var saysClass = false
}

extension ClientRequest {
    /// The text of a JSON string: the bytes as they lie there, or a copy without escapes.
    struct Name {
        fileprivate let written: UnsafeRawBufferPointer
        fileprivate let unescaped: [UInt8]?

        static var none: Name { Name(written: UnsafeRawBufferPointer(start: nil, count: 0), unescaped: nil) }

        func withBytes<Answer>(_ body: (UnsafeRawBufferPointer) -> Answer) -> Answer {
            if let unescaped { return unescaped.withUnsafeBytes(body) }
            return body(written)
        }
    }

    /// What a client may number its messages with: what every JSON reader can hold exactly.
    static let numbers: ClosedRange<UInt64> = 1...(1 << 53 - 1)

    /// How long a client's name of a request may be, in characters (Unicode scalars).
    static let idLength = 1...64

    /// Reads one frame. The request's views are good as long as `bytes` are.
    static func read(_ bytes: UnsafeRawBufferPointer) throws(Mistake) -> ClientRequest {
        var members = Members()
        do throws(JSONError) {
            try members.read(bytes)
        } catch {
            throw Mistake(reason: "\(error)")
        }
        return try members.request(JSONScanner(bytes))
    }

    /// The members of a frame that we know, wherever they stand in it.
    private struct Members {
        var type: JSONValue?
        var id: JSONValue?
        var to: JSONValue?
        var payload: JSONValue?
        var deliveryClass: JSONValue?
        var number: JSONValue?
        var again: JSONValue?
        var repeated: StaticString?

        mutating func read(_ bytes: UnsafeRawBufferPointer) throws(JSONError) {
            var scanner = JSONScanner(bytes)
            try scanner.beginObject()
            while let name = try scanner.nextMember() {
                let value = try scanner.value()
                if scanner.text(of: name, is: "type") {
                    type = noted(value, as: "type", after: type)
                } else if scanner.text(of: name, is: "id") {
                    id = noted(value, as: "id", after: id)
                } else if scanner.text(of: name, is: "to") {
                    to = noted(value, as: "to", after: to)
                } else if scanner.text(of: name, is: "data") {
                    payload = noted(value, as: "data", after: payload)
                } else if scanner.text(of: name, is: "class") {
                    deliveryClass = noted(value, as: "class", after: deliveryClass)
                } else if scanner.text(of: name, is: "n") {
                    number = noted(value, as: "n", after: number)
                } else if scanner.text(of: name, is: "again") {
                    again = noted(value, as: "again", after: again)
                }
            }
            try scanner.finish()
        }

        /// Parsers differ in which of two equal members they believe, so a frame with two says nothing for sure.
        private mutating func noted(
            _ value: JSONValue, as name: StaticString, after former: JSONValue?
        ) -> JSONValue {
            if former != nil { repeated = name }
            return value
        }

        func request(_ scanner: JSONScanner) throws(Mistake) -> ClientRequest {
            if let repeated { throw Mistake(reason: "'\(repeated)' stands there twice") }
            let id = try self.id.map { value throws(Mistake) in try Self.checked(id: value, scanner) }
            let kind = try kind(scanner, id)
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            if kind == .ack { return ClientRequest(kind: kind, id: nothing, to: .none, payload: nothing) }
            guard let id else { throw Mistake(reason: "'id' is missing") }
            var name = Name.none
            var carried = nothing
            if case .send = kind {
                guard let to, to.kind == .string else { throw Mistake(reason: "'to' must be a string", id: Array(id)) }
                name = Self.name(to, scanner)
            }
            switch kind {
            case .send, .publish:
                guard let payload else { throw Mistake(reason: "'data' is missing", id: Array(id)) }
                carried = scanner.raw(payload)
            case .join, .leave, .presence, .ack: break
            }
            return ClientRequest(
                kind: kind, id: id, to: name, payload: carried, n: try checkedNumber(scanner, id),
                isAgain: again?.kind == .true, saysClass: deliveryClass != nil)
        }

        private func checkedNumber(
            _ scanner: JSONScanner, _ id: UnsafeRawBufferPointer
        ) throws(Mistake) -> UInt64? {
            guard let number else { return nil }
            guard let n = scanner.integer(number), numbers.contains(n) else {
                throw Mistake(reason: "'n' must be an integer from 1 to 2^53 - 1", id: Array(id))
            }
            return n
        }

        private func kind(_ scanner: JSONScanner, _ id: UnsafeRawBufferPointer?) throws(Mistake) -> Kind {
            guard let type, type.kind == .string else {
                throw Mistake(reason: "'type' must be a string", id: id.map { Array($0) })
            }
            if scanner.text(of: type, is: "send") {
                guard let deliveryClass else { return .send(.fast) }
                if scanner.text(of: deliveryClass, is: "fast") { return .send(.fast) }
                if scanner.text(of: deliveryClass, is: "reliable") { return .send(.reliable) }
                throw Mistake(reason: "'class' must be 'fast' or 'reliable'", id: id.map { Array($0) })
            }
            if scanner.text(of: type, is: "publish") { return .publish }
            if scanner.text(of: type, is: "join") { return .join }
            if scanner.text(of: type, is: "leave") { return .leave }
            if scanner.text(of: type, is: "presence") { return .presence }
            if scanner.text(of: type, is: "ack") { return .ack }
            throw Mistake(reason: "this 'type' is not known", id: id.map { Array($0) })
        }

        private static func checked(id: JSONValue, _ scanner: JSONScanner) throws(Mistake) -> UnsafeRawBufferPointer {
            let mistake = Mistake(reason: "'id' must be a string of 1 to 64 characters")
            guard id.kind == .string, id.range.count <= 2 + 12 * idLength.upperBound else { throw mistake }
            let length = name(id, scanner).withBytes { bytes in bytes.count { $0 & 0xc0 != 0x80 } }
            guard idLength.contains(length) else { throw mistake }
            return scanner.raw(id)
        }

        private static func name(_ value: JSONValue, _ scanner: JSONScanner) -> Name {
            let written = scanner.raw(value)
            let inside = UnsafeRawBufferPointer(rebasing: written[1..<written.count - 1])
            return Name(
                written: inside,
                unescaped: inside.contains(UInt8(ascii: "\\")) ? scanner.unescaped(value) ?? [] : nil)
        }
    }
}
