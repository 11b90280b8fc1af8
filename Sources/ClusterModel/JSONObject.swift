/// The members of one JSON object, to be asked for by name. For the control plane; messages use `JSONScanner` directly.
///
/// It borrows the scanned bytes and so stays inside the closure that lent them.
public struct JSONObject {
    private let scanner: JSONScanner
    private var members: [[UInt8]: JSONValue] = [:]

    /// Reads the object at the scanner's place; a member that stands there twice is refused.
    public init(_ scanner: inout JSONScanner) throws(FieldError) {
        do throws(JSONError) {
            try scanner.beginObject()
        } catch {
            throw .notJSON(error)
        }
        while let (name, value) = try Self.next(&scanner) {
            guard members.updateValue(value, forKey: name) == nil else {
                throw .repeated(String(decoding: name.prefix(64), as: UTF8.self))
            }
        }
        self.scanner = scanner
    }

    /// Lends `bytes`, which have to be one object and nothing else, to `body`.
    public static func read<Result>(
        _ bytes: [UInt8], _ body: (JSONObject) throws(FieldError) -> Result
    ) throws(FieldError) -> Result {
        try bytes.span.bytes.withUnsafeBytes { (buffer) throws(FieldError) -> Result in
            var scanner = JSONScanner(buffer)
            let object = try JSONObject(&scanner)
            do throws(JSONError) {
                try scanner.finish()
            } catch {
                throw .notJSON(error)
            }
            return try body(object)
        }
    }

    private static func next(_ scanner: inout JSONScanner) throws(FieldError) -> (name: [UInt8], value: JSONValue)? {
        do throws(JSONError) {
            guard let name = try scanner.nextMember() else { return nil }
            return (scanner.unescaped(name) ?? [], try scanner.value())
        } catch {
            throw .notJSON(error)
        }
    }

    /// The names of all members, in no order.
    public var names: [String] {
        members.keys.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Where the value of a member lies; `nil` if there is none.
    public func value(_ name: String) -> JSONValue? {
        members[Array(name.utf8)]
    }

    /// The bytes of a value as they were written.
    public func raw(_ value: JSONValue) -> UnsafeRawBufferPointer {
        scanner.raw(value)
    }

    /// The bytes a text member stands for; `nil` if there is no such member.
    public func bytes(_ name: String) throws(FieldError) -> [UInt8]? {
        guard let value = value(name) else { return nil }
        guard let bytes = scanner.unescaped(value) else { throw .invalid(name, expected: "a text") }
        return bytes
    }

    /// A text member; `nil` if there is no such member.
    public func text(_ name: String) throws(FieldError) -> String? {
        try bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// An integer member; `nil` if there is no such member.
    public func integer(_ name: String, in range: ClosedRange<UInt64>) throws(FieldError) -> UInt64? {
        guard let value = value(name) else { return nil }
        guard let number = scanner.integer(value), range.contains(number) else {
            throw .invalid(name, expected: "an integer in \(range.lowerBound)...\(range.upperBound)")
        }
        return number
    }

    /// An integer member that fits `Int`; `nil` if there is no such member.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws(FieldError) -> Int? {
        try integer(name, in: UInt64(range.lowerBound)...UInt64(range.upperBound)).map { Int($0) }
    }

    /// A member that has to be there.
    public func required<Value>(_ name: String, _ value: Value?) throws(FieldError) -> Value {
        guard let value else { throw .missing(name) }
        return value
    }
}
