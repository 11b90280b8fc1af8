/// Finds a member that stands twice in one object, which most readers cannot see and each decides differently.
public struct JSONNames {
    private var seen: Set<[UInt8]> = []

    /// No names yet.
    public init() {}

    /// Notes a member's name; `false` if the object had it already.
    public mutating func insert(_ name: JSONValue, of scanner: JSONScanner) -> Bool {
        scanner.unescaped(name).map { seen.insert($0).inserted } ?? false
    }
}
