import ClusterModel
import Foundation

/// JSON texts: the scanner takes what Foundation takes and makes of it what Foundation makes of it, but where the two
/// differ by intention.
///
/// The input is the text.
enum JSONProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let text = Array(bytes)
        let ours = try withExactCopy(of: text) { (copy) throws(Finding) in
            try JSONTree.read(UnsafeRawBufferPointer(copy))
        }
        // Foundation guesses UTF-16 and UTF-32 from zeros and takes byte order marks; the RFC's text is UTF-8 without.
        if text.prefix(4).contains(0) || text.first ?? 0 >= 0x80 { return }
        let theirs: Any
        do {
            theirs = try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
        } catch {
            if case .success(let tree) = ours {
                try demand(tree.hasLongNumber, "only the scanner takes this text; Foundation says \(error)")
            }
            return
        }
        switch ours {
        case .success(let tree): try tree.compare(with: theirs)
        case .failure(let error):
            try demand(isIntended(error, text), "only the scanner refuses this text: \(error)")
        }
    }

    /// Ours ends at 32 levels, and knows neither half of a surrogate pair nor a comma behind the last element.
    private static func isIntended(_ error: JSONError, _ text: [UInt8]) -> Bool {
        switch error {
        case .tooDeep: true
        case .invalidString(let offset):
            text[offset...].starts(with: Array("\\ud".utf8)) || text[offset...].starts(with: Array("\\uD".utf8))
        case .unexpectedByte(let offset):
            [UInt8(ascii: "}"), UInt8(ascii: "]")].contains(text[offset])
                && text[..<offset].last { ![9, 10, 13, 32].contains($0) } == UInt8(ascii: ",")
        case .unexpectedEnd, .invalidUTF8, .wrongKind: false
        }
    }
}
