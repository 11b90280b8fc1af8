import WebSocketWire

/// Reading one cookie of a request (RFC 6265 §4.2), strictly: what two readers could see differently is refused.
enum Cookies {
    /// The bytes of the cookie `name`, which are not decoded; nil if it is not there. Names know case.
    ///
    /// - Throws: 400 for two `Cookie` lines, a cookie given twice, or a value in quotes, which some readers remove.
    static func value(_ name: String, of head: HTTPHead) throws(HTTPRefusal) -> [UInt8]? {
        let line: [UInt8]
        switch head.fields.lookup("Cookie") {
        case .absent: return nil
        case .repeated: throw .badRequest("Cookie is given twice")
        case .one(let bytes): line = bytes
        }
        var found: [UInt8]?
        for pair in line.split(separator: UInt8(ascii: ";")) {
            let trimmed = pair.drop { $0 == 0x20 || $0 == 0x09 }
            guard let equals = trimmed.firstIndex(of: UInt8(ascii: "=")), trimmed[..<equals].elementsEqual(name.utf8)
            else { continue }
            guard found == nil else { throw .badRequest("the cookie '\(name)' is given twice") }
            let value = trimmed[trimmed.index(after: equals)...]
            guard !value.contains(UInt8(ascii: "\"")) else { throw .badRequest("the cookie '\(name)' is in quotes") }
            found = Array(value)
        }
        return found
    }
}
