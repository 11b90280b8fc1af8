import ClusterModel

/// A JSON value as the scanner's answers describe it.
enum JSONTree {
    case object([(name: [UInt8], value: JSONTree)])
    case array([JSONTree])
    case string([UInt8])
    case number(text: String, integer: UInt64?)
    case boolean(Bool)
    case null

    /// The value of a whole text. Skipping over it and walking through it must come to the same.
    static func read(_ bytes: UnsafeRawBufferPointer) throws(Finding) -> Result<JSONTree, JSONError> {
        let skipped = outcome(bytes) { (scanner) throws(JSONError) in try scanner.value() }
        let walked = outcome(bytes) { (scanner) throws(JSONError) in try JSONTree(&scanner) }
        switch (skipped, walked) {
        case (.success(let value), .success(let tree)):
            try demand(value.range.upperBound <= bytes.count, "a value goes on behind the text")
            let alone = outcome(UnsafeRawBufferPointer(rebasing: bytes[value.range])) { (scanner) throws(JSONError) in
                try scanner.value()
            }
            guard case .success = alone else { throw Finding(description: "a value can't be read on its own") }
            try tree.checkWriting()
        case (.failure(let left), .failure(let right)):
            try demand(left == right, "skipping over a text finds \(left), walking through it \(right)")
        case (.success, .failure(let error)), (.failure(let error), .success):
            throw Finding(description: "a text is taken or not, by how it is read: \(error)")
        }
        return walked
    }

    private static func outcome<Value>(
        _ bytes: UnsafeRawBufferPointer, _ read: (inout JSONScanner) throws(JSONError) -> Value
    ) -> Result<Value, JSONError> {
        var scanner = JSONScanner(bytes)
        do throws(JSONError) {
            let value = try read(&scanner)
            try scanner.finish()
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    private init(_ scanner: inout JSONScanner) throws(JSONError) {
        switch scanner.nextKind() {
        case .object:
            var members: [(name: [UInt8], value: JSONTree)] = []
            try scanner.beginObject()
            while let name = try scanner.nextMember() {
                members.append((scanner.unescaped(name) ?? [], try JSONTree(&scanner)))
            }
            self = .object(members)
        case .array:
            var elements: [JSONTree] = []
            try scanner.beginArray()
            while try scanner.nextElement() { elements.append(try JSONTree(&scanner)) }
            self = .array(elements)
        case .string, .number, .true, .false, .null, nil:
            let value = try scanner.value()
            switch value.kind {
            case .string: self = .string(scanner.unescaped(value) ?? [])
            case .number:
                let text = String(decoding: scanner.raw(value), as: UTF8.self)
                self = .number(text: text, integer: scanner.integer(value))
            case .true: self = .boolean(true)
            case .false: self = .boolean(false)
            case .null: self = .null
            case .object, .array: preconditionFailure("the scanner said that another kind comes next")
            }
        }
    }

    /// Strings that are written again say the same.
    private func checkWriting() throws(Finding) {
        switch self {
        case .object(let members):
            for member in members {
                try JSONTree.string(member.name).checkWriting()
                try member.value.checkWriting()
            }
        case .array(let elements): for element in elements { try element.checkWriting() }
        case .string(let bytes):
            var written: [UInt8] = []
            JSONWriter.append(bytes, to: &written)
            let again = written.withUnsafeBytes { buffer in
                Self.outcome(buffer) { (scanner) throws(JSONError) in try JSONTree(&scanner) }
            }
            guard case .success(.string(bytes)) = again else {
                throw Finding(description: "a string is written so that it reads as \(again)")
            }
        case .number, .boolean, .null: return
        }
    }
}
