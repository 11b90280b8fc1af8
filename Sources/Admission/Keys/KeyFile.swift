import Foundation
import JWTKit

/// A file with what tokens are checked with: a public key in PEM, a key set in JSON (RFC 7517), or a bare secret.
///
/// What it is shows from its first bytes, and a bare secret must in addition be announced (`--jwt-algorithm HS256`): nothing is
/// ever a secret because it could not be read as anything better.
struct KeyFile: Sendable, Hashable {
    /// The most that is read; a path can name a device that never ends.
    static let maxBytes = 1 << 20

    /// Where it is.
    let path: String
    /// What `--jwt-algorithm` demands; nil takes the algorithm that fits the key.
    let algorithm: TokenAlgorithm?

    /// Reads the file.
    func read() async throws(KeyFileProblems) -> TokenKeys {
        let bytes: [UInt8]
        do {
            bytes = try contents()
        } catch {
            throw KeyFileProblems(all: [error])
        }
        return try await Self.keys(bytes, algorithm)
    }

    private func contents() throws(KeyFileProblem) -> [UInt8] {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let bytes = try file.read(upToCount: Self.maxBytes + 1) ?? Data()
            guard bytes.count <= Self.maxBytes else { throw KeyFileProblem("is larger than 1 MiB") }
            return Array(bytes)
        } catch let problem as KeyFileProblem {
            throw problem
        } catch {
            throw KeyFileProblem("cannot be read: \(Self.words(error))")
        }
    }

    /// Foundation's errors are paragraphs; the system's own words are the useful part.
    private static func words(_ error: any Error) -> String {
        let inner = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        switch inner?.code ?? 0 {
        case Int(ENOENT): return "there is no such file"
        case Int(EACCES): return "permission denied"
        case Int(EISDIR): return "it is a directory"
        default: return error.localizedDescription
        }
    }

    /// The keys that a file with these bytes holds.
    static func keys(
        _ bytes: [UInt8], _ algorithm: TokenAlgorithm?
    ) async throws(KeyFileProblems) -> TokenKeys {
        let start = bytes.drop { $0 == 0x20 || (0x09...0x0d).contains($0) }
        guard !start.isEmpty else { throw KeyFileProblems(all: [KeyFileProblem("is empty")]) }
        if start.first == UInt8(ascii: "{") {
            let keys = try await KeySet.keys(bytes, only: algorithm)
            return .set(keys)
        }
        do {
            let key =
                start.starts(with: "-----BEGIN".utf8) ? try await PEMKey.key(bytes) : try await secret(bytes, algorithm)
            if let algorithm, key.algorithm != algorithm {
                throw KeyFileProblem("holds a key for \(key.algorithm.rawValue), not \(algorithm.rawValue)")
            }
            return .one(key)
        } catch let problem as KeyFileProblem {
            throw KeyFileProblems(all: [problem])
        } catch {
            throw KeyFileProblems(all: [KeyFileProblem("holds a key that cannot be used")])
        }
    }

    /// A secret is the file's bytes. In a file of text, the line feed that editors put behind the last line is none of them.
    private static func secret(_ bytes: [UInt8], _ algorithm: TokenAlgorithm?) async throws -> TokenKey {
        guard algorithm == .hs256 else {
            throw KeyFileProblem(
                "is neither a public key in PEM nor a JSON key set; say --jwt-algorithm HS256 if it is a secret")
        }
        var secret = bytes[...]
        if secret.last == 0x0a, secret.dropLast().allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x0d }) {
            secret = secret.dropLast()
            if secret.last == 0x0d { secret = secret.dropLast() }
        }
        return try await .secret(Array(secret))
    }
}
