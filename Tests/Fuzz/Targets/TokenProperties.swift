import ClusterModel
import Foundation

@testable import Admission

/// Tokens before any key is asked: one text has one reading, nothing that is refused by contract gets through, and what
/// is read is what Foundation and a second look at the JSON find there. No signature is made or checked here.
///
/// The first byte says what the rest is: 0 = a token · 1 = a header · 2 = a payload · 3 = a message with a fresh token ·
/// 4 = a header, a NUL and a payload, of which a token is made (all modulo 5).
enum TokenProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        let text = Array(bytes.dropFirst())
        switch bytes.first.map({ $0 % 5 }) {
        case 0?: try checkToken(text)
        case 1?: try checkHead(text)
        case 2?: try checkClaims(text)
        case 3?: try checkMessage(text)
        case 4?:
            let parts = text.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            let token = (parts + [[1, 2, 3]]).map { spelled(Array($0)) }.joined(separator: ".")
            try checkToken(Array(token.utf8))
        default: return
        }
    }

    private static func read<Value>(_ body: () throws(TokenRefusal) -> Value) throws(Finding) -> Value? {
        do throws(TokenRefusal) {
            return try body()
        } catch {
            try RefusalProperties.check(error.refusal)
            return nil
        }
    }

    private static func checkToken(_ text: [UInt8]) throws(Finding) {
        guard let token = try read({ () throws(TokenRefusal) in try CompactToken(text) }) else { return }
        let parts = [token.header, token.payload, token.signature].map(spelled)
        try demand(text == Array(parts.joined(separator: ".").utf8), "a token has another spelling")
        try demand(Array("\(parts[0]).\(parts[1])".utf8) == token.signed, "the signature is over something else")
        try demand(text.count <= 8192, "a token over 8 KiB")
        try checkHead(token.header)
        try checkClaims(token.payload)
    }

    /// Base64url by Foundation.
    private static func spelled(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func checkHead(_ json: [UInt8]) throws(Finding) {
        guard let head = try read({ () throws(TokenRefusal) in try TokenHead(json) }) else { return }
        let members = try members(json)
        guard case .string(let algorithm)? = members["alg"] else { throw Finding(description: "no alg was taken") }
        try demand(
            ["HS256", "RS256", "ES256", "EdDSA"].contains(String(decoding: algorithm, as: UTF8.self)), "a strange alg")
        try demand(head.algorithm.rawValue.utf8.elementsEqual(algorithm), "another alg than stands there")
        for name in ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"] {
            try demand(members[name] == nil, "a header with \(name) was taken")
        }
        switch (members["kid"], head.keyID) {
        case (nil, nil): return
        case (.string(let found)?, let kid?) where found == kid: return
        default: throw Finding(description: "another kid than stands there")
        }
    }

    private static func checkClaims(_ json: [UInt8]) throws(Finding) {
        let read = try read { () throws(TokenRefusal) in try TokenClaims(json, userClaim: "sub") }
        guard let claims = read else { return }
        let members = try members(json)
        let latest: Int64 = 253_402_300_799
        try demand((0...latest).contains(claims.expires), "a token until \(claims.expires)")
        guard let expires = try seconds("exp", members) else { throw Finding(description: "a token without exp") }
        try demand(Int64(expires.rounded(.down)) == claims.expires, "another exp than stands there")
        let starts = [try seconds("nbf", members), try seconds("iat", members)].compactMap { $0?.rounded(.up) }
        try demand(starts.max().map { Int64($0) } == claims.validFrom, "another nbf or iat than stands there")
        if case .string(let user)? = members["sub"] {
            try demand(claims.user == user, "another user than stands there")
        } else {
            try demand(claims.user == nil && members["sub"] == nil, "a user out of nowhere")
        }
        if claims.isService {
            guard case .string(Array("service".utf8))? = members[TokenClaims.roleClaim] else {
                throw Finding(description: "a service's token that does not say so")
            }
        }
    }

    private static func seconds(_ name: String, _ members: [String: JSONTree]) throws(Finding) -> Double? {
        guard let member = members[name] else { return nil }
        guard case .number(let text, _) = member, let number = Double(text) else {
            throw Finding(description: "\(name) is no number and was taken")
        }
        return number
    }

    private static func checkMessage(_ message: [UInt8]) throws(Finding) {
        let (begins, token) = try withExactCopy(of: message) { (copy) throws(Finding) -> (Bool, [UInt8]?) in
            let view = UnsafeRawBufferPointer(copy)
            do throws(FieldError) {
                return (TokenMessage.begins(view), try TokenMessage.token(view))
            } catch {
                return (false, nil)
            }
        }
        guard let token else { return }
        let members = try members(message)
        guard case .string(token)? = members["token"] else {
            throw Finding(description: "another token than stands there")
        }
        if begins {
            guard case .string(Array("token".utf8))? = members["type"] else {
                throw Finding(description: "a message of another type counts as a token's")
            }
        }
    }

    /// The members of an object that was taken; no name may stand there twice.
    private static func members(_ json: [UInt8]) throws(Finding) -> [String: JSONTree] {
        let outcome = try withExactCopy(of: json) { (copy) throws(Finding) in
            try JSONTree.read(UnsafeRawBufferPointer(copy))
        }
        guard case .success(.object(let members)) = outcome else {
            throw Finding(description: "what was taken is no object: \(outcome)")
        }
        try demand(Set(members.map(\.name)).count == members.count, "a member stands there twice")
        return Dictionary(
            members.map { (String(decoding: $0.name, as: UTF8.self), $0.value) },
            uniquingKeysWith: { first, _ in first })
    }
}
