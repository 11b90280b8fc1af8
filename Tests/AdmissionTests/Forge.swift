import ClusterModel
import JWTKit

@testable import Admission

/// Makes tokens of any shape, well signed with HS256 unless told otherwise.
struct Forge {
    static let secret = Array(UInt8(0)..<32)

    var header = #"{"alg":"HS256","typ":"JWT"}"#
    var payload = #"{"sub":"alice","aud":"chat","exp":4102444800}"#

    static func base64(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        var bits = 0
        var count = 0
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xffff
            count += 8
            while count >= 6 {
                count -= 6
                text.append(digits[bits >> count & 63])
            }
        }
        if count > 0 { text.append(digits[bits << (6 - count) & 63]) }
        return text
    }

    var signed: String { Self.base64(header.utf8) + "." + Self.base64(payload.utf8) }

    func token(secret: [UInt8] = secret) async throws -> String {
        let collection = JWTKeyCollection()
        await collection.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        let signature = try await collection.getKey().sign(Array(signed.utf8))
        return signed + "." + Self.base64(signature)
    }
}

/// What became of a token.
enum Verdict: Equatable {
    case taken(Credential)
    case refused(TokenRefusal)

    var status: Int? {
        if case .refused(let refusal) = self { refusal.refusal.status } else { nil }
    }
}

extension TokenVerifier {
    convenience init(_ keys: TokenKeys, _ rules: TokenRules = TokenRules(audience: "chat")) throws {
        self.init(
            service: try ServiceName("chat"), rules: rules, file: KeyFile(path: "/nowhere", algorithm: nil), keys: keys)
    }

    func verdict(_ token: String, at now: Int64 = Vectors.now) -> Verdict {
        do throws(TokenRefusal) {
            return .taken(try read(Array(token.utf8)).verified(at: now))
        } catch {
            return .refused(error)
        }
    }

    /// One that takes the forge's tokens.
    static func forge(_ rules: TokenRules = TokenRules(audience: "chat")) async throws -> TokenVerifier {
        try TokenVerifier(.one(try await .secret(Forge.secret)), rules)
    }
}
