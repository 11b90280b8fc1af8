import ArgumentParser
import HashRing

/// Checks of names that a person typed, with errors that say what a name looks like.
enum Names {
    static func checkUser(_ text: String) throws {
        do { _ = try UserKey(text) } catch {
            throw ValidationError(
                "'\(Printable.text(text))' is not a user: expected 1…256 bytes of UTF-8 without control characters")
        }
    }

    static func checkNode(_ text: String) throws {
        do { _ = try NodeID(text) } catch {
            throw ValidationError(
                "'\(Printable.text(text))' is not a node's id: expected 1…128 letters, digits, dots, colons, dashes")
        }
    }
}
