import Foundation

extension JSONTree {
    /// Whether a number in it has an exponent or more digits than a Double can tell apart: Foundation refuses what it
    /// can't hold, the scanner only says where it lies.
    var hasLongNumber: Bool {
        switch self {
        case .object(let members): members.contains { $0.value.hasLongNumber }
        case .array(let elements): elements.contains { $0.hasLongNumber }
        case .number(let text, _): text.utf8.count > 15 || text.lowercased().contains("e")
        case .string, .boolean, .null: false
        }
    }

    /// Whether Foundation sees the same value.
    func compare(with other: Any) throws(Finding) {
        switch self {
        case .object(let members):
            guard let theirs = other as? [String: Any] else { throw difference(other) }
            // Of equal names Foundation keeps one, and canonically equivalent ones are equal to it.
            guard Set(members.map { String(decoding: $0.name, as: UTF8.self) }).count == members.count else { return }
            try demand(theirs.count == members.count, "Foundation sees \(theirs.count) members of \(members.count)")
            for member in members {
                guard let value = theirs[String(decoding: member.name, as: UTF8.self)] else { throw difference(other) }
                try member.value.compare(with: value)
            }
        case .array(let elements):
            guard let theirs = other as? [Any], theirs.count == elements.count else { throw difference(other) }
            for (element, value) in zip(elements, theirs) { try element.compare(with: value) }
        case .string(let bytes):
            guard let theirs = other as? String, Array(theirs.utf8) == bytes else { throw difference(other) }
        case .number(let text, let integer):
            guard let theirs = other as? NSNumber else { throw difference(other) }
            if let integer {
                try demand(theirs.uint64Value == integer, "\(text) is \(integer), to Foundation \(theirs)")
            }
            guard let double = Double(text), !hasLongNumber else { return }
            try demand(theirs.doubleValue == double, "\(text) is \(double), to Foundation \(theirs)")
        case .boolean(let value):
            guard let theirs = other as? Bool, theirs == value else { throw difference(other) }
        case .null:
            guard other is NSNull else { throw difference(other) }
        }
    }

    private func difference(_ other: Any) -> Finding {
        Finding(description: "the scanner sees \(self), Foundation \(type(of: other)) \(other)")
    }
}
