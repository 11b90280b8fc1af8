/// Checks UTF-8 (RFC 3629) piece by piece and fails at the first byte that can't be right, whatever may follow:
/// RFC 6455 §8.1 allows it, and it ends a bad stream early. Three bytes of state.
///
/// Which second bytes a lead byte allows is narrowed at once (Unicode table 3-7), so overlong forms, surrogates and
/// code points above 10FFFF fail at their second byte.
public struct UTF8Validator: Sendable, Hashable {
    /// Continuation bytes still to come, and the range of the next one.
    private var pending: UInt8 = 0
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xbf

    /// At the start of a text.
    public init() {}

    /// Whether the text may end here.
    public var isComplete: Bool { pending == 0 }

    /// Takes the next bytes; false if one of them can't be right. After false the state has no meaning.
    public mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = bytes.count
        var index = 0
        while index < count {
            if pending == 0 {
                while count - index >= 8,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                if index == count { return true }
            }
            // `index < count` was checked by the loop and by the line above.
            guard step(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    /// Whether `bytes` are UTF-8 from start to end.
    public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var validator = UTF8Validator()
        return validator.accept(bytes) && validator.isComplete
    }

    @inline(__always)
    private mutating func step(_ byte: UInt8) -> Bool {
        if pending > 0 {
            guard byte >= lower, byte <= upper else { return false }
            pending -= 1
            lower = 0x80
            upper = 0xbf
            return true
        }
        switch byte {
        case 0x00...0x7f: return true
        case 0xc2...0xdf: pending = 1
        case 0xe0: (pending, lower) = (2, 0xa0)  // below: overlong
        case 0xed: (pending, upper) = (2, 0x9f)  // above: surrogates
        case 0xe1...0xef: pending = 2
        case 0xf0: (pending, lower) = (3, 0x90)  // below: overlong
        case 0xf4: (pending, upper) = (3, 0x8f)  // above: past 10FFFF
        case 0xf1...0xf3: pending = 3
        default: return false
        }
        return true
    }
}
