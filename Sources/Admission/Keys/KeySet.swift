import ClusterModel
import JWTKit

/// A JSON Web Key Set (RFC 7517), read strictly.
///
/// Keys that are not for us (for encryption, or of other algorithms) are passed over, since issuers publish one set for all.
/// A key that should be ours and is broken is a problem.
enum KeySet {
    private static let maxKeys = 64

    /// The keys for the algorithms that are taken, or every problem of the file.
    static func keys(_ bytes: [UInt8], only algorithm: TokenAlgorithm?) async throws(KeyFileProblems) -> [TokenKey] {
        var problems: [KeyFileProblem] = []
        var keys: [TokenKey] = []
        for (number, entry) in try entries(bytes).enumerated() {
            do {
                guard let key = try await key(entry) else { continue }
                if algorithm == nil || key.algorithm == algorithm { keys.append(key) }
            } catch {
                problems.append(KeyFileProblem("key \(number + 1): \(error)"))
            }
        }
        let names = keys.compactMap(\.id)
        if Set(names).count != names.count { problems.append(KeyFileProblem("two keys have the same 'kid'")) }
        if keys.isEmpty, problems.isEmpty {
            problems.append(KeyFileProblem("holds no key for \(algorithm?.rawValue ?? "HS256, RS256, ES256 or EdDSA")"))
        }
        guard problems.isEmpty else { throw KeyFileProblems(all: problems) }
        return keys
    }

    /// The members of a key that matter here, as texts.
    private struct Entry {
        var members: [String: String] = [:]
        var id: [UInt8]?
        var problem: KeyFileProblem?
    }

    private static func entries(_ bytes: [UInt8]) throws(KeyFileProblems) -> [Entry] {
        do throws(FieldError) {
            return try JSONObject.read(bytes) { object throws(FieldError) in
                let list = try object.required("keys", object.value("keys"))
                var scanner = JSONScanner(object.raw(list))
                var entries: [Entry] = []
                do throws(JSONError) {
                    try scanner.beginArray()
                    while try scanner.nextElement() { entries.append(entry(try scanner.value(), scanner)) }
                } catch {
                    throw .invalid("keys", expected: "an array")
                }
                guard entries.count <= maxKeys else { throw .invalid("keys", expected: "at most \(maxKeys) keys") }
                return entries
            }
        } catch {
            throw KeyFileProblems(all: [KeyFileProblem("\(error)")])
        }
    }

    private static func entry(_ value: JSONValue, _ scanner: JSONScanner) -> Entry {
        var entry = Entry()
        do throws(FieldError) {
            var inner = JSONScanner(scanner.raw(value))
            let object = try JSONObject(&inner)
            entry.id = try object.bytes("kid")
            for name in ["kty", "alg", "use", "crv", "n", "e", "x", "y", "k"] {
                entry.members[name] = try object.text(name)
            }
            for name in ["d", "p", "q"] where object.value(name) != nil {
                entry.problem = KeyFileProblem("is a private key, which only the issuer of tokens needs")
            }
        } catch {
            entry.problem = KeyFileProblem("\(error)")
        }
        return entry
    }

    /// The key, or nil if it is not for us.
    private static func key(_ entry: Entry) async throws(KeyFileProblem) -> TokenKey? {
        if let problem = entry.problem { throw problem }
        guard let kind = entry.members["kty"] else { throw KeyFileProblem("'kty' is missing") }
        guard entry.members["use"] ?? "sig" == "sig", let algorithm = algorithm(kind, entry.members["crv"]) else {
            return nil
        }
        if let named = entry.members["alg"], named != algorithm.rawValue { return nil }
        do {
            switch algorithm {
            case .hs256: return try await secret(entry)
            case .rs256: return try await rsa(entry)
            case .es256: return try await ecdsa(entry)
            case .eddsa: return try await eddsa(entry)
            }
        } catch let problem as KeyFileProblem {
            throw problem
        } catch {
            throw KeyFileProblem("cannot be used")
        }
    }

    private static func algorithm(_ kind: String, _ curve: String?) -> TokenAlgorithm? {
        switch (kind, curve) {
        case ("oct", _): .hs256
        case ("RSA", _): .rs256
        case ("EC", "P-256"): .es256
        case ("OKP", "Ed25519"): .eddsa
        default: nil
        }
    }

    private static func secret(_ entry: Entry) async throws -> TokenKey {
        guard let text = entry.members["k"], let secret = Base64URL.decode(text.utf8) else {
            throw KeyFileProblem("'k' must be base64url")
        }
        return try await .secret(secret, id: entry.id)
    }

    private static func rsa(_ entry: Entry) async throws -> TokenKey {
        guard let modulus = number("n", entry), let exponent = number("e", entry) else {
            throw KeyFileProblem("'n' and 'e' must be base64url")
        }
        guard let key = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent) else {
            throw KeyFileProblem("an RSA key must be well formed and have at least 2048 bits")
        }
        return try await .rsa(key, id: entry.id)
    }

    private static func ecdsa(_ entry: Entry) async throws -> TokenKey {
        guard let x = number("x", entry, bytes: 32), let y = number("y", entry, bytes: 32),
            let key = try? ES256PublicKey(parameters: (x, y))
        else { throw KeyFileProblem("'x' and 'y' must be the coordinates of a point of P-256") }
        return try await .ecdsa(key, id: entry.id)
    }

    private static func eddsa(_ entry: Entry) async throws -> TokenKey {
        guard let x = number("x", entry, bytes: 32), let key = try? EdDSA.PublicKey(x: x, curve: .ed25519) else {
            throw KeyFileProblem("'x' must be the 32 bytes of an Ed25519 key")
        }
        return try await .eddsa(key, id: entry.id)
    }

    /// The text of a member that is canonical base64url of some bytes, or of as many as `count` says.
    private static func number(_ name: String, _ entry: Entry, bytes count: Int? = nil) -> String? {
        guard let text = entry.members[name], let bytes = Base64URL.decode(text.utf8), !bytes.isEmpty else {
            return nil
        }
        return count == nil || bytes.count == count ? text : nil
    }
}
