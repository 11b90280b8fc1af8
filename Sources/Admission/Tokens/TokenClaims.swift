import ClusterModel

/// What a token's payload claims, read but not yet believed or judged.
struct TokenClaims: Sendable, Equatable {
    /// The bytes of the user claim; nil if there is none.
    let user: [UInt8]?
    /// The token is a service's and not a user's.
    let isService: Bool
    /// `exp`, Unix seconds, rounded down.
    let expires: Int64
    /// The later of `nbf` and `iat`, Unix seconds, rounded up: before it nothing is to be believed.
    let validFrom: Int64?
    /// The bytes of `iss`.
    let issuer: [UInt8]?
    /// The bytes of each `aud`; empty if there is none.
    let audience: [[UInt8]]

    /// The claim by which a service says that it is no user.
    static let roleClaim = "ringway_role"
    /// The last second of the year 9999. Later times are mistakes, of units for one.
    private static let lastSecond = 253_402_300_799.0

    /// Reads a payload. 1. a strict object · 2. `exp` · 3. `nbf`, `iat` · 4. `iss`, `aud` · 5. role · 6. user
    init(_ json: [UInt8], userClaim: String) throws(TokenRefusal) {
        do throws(FieldError) {
            self = try JSONObject.read(json) { object throws(FieldError) in  // 1
                try TokenClaims(object, userClaim: userClaim)
            }
        } catch {
            throw .malformed("in its payload, \(Self.words(error))")
        }
    }

    private init(_ object: JSONObject, userClaim: String) throws(FieldError) {
        expires = Int64(try object.required("exp", Self.time("exp", object)).rounded(.down))  // 2
        let starts = [try Self.time("nbf", object), try Self.time("iat", object)]  // 3
        validFrom = starts.compactMap { $0 }.max().map { Int64($0.rounded(.up)) }
        issuer = try object.bytes("iss")  // 4
        audience = try Self.audience(object)
        switch try object.text(Self.roleClaim) {  // 5
        case nil, "user": isService = false
        case "service": isService = true
        default: throw .invalid(Self.roleClaim, expected: "user or service")
        }
        user = try object.bytes(userClaim)  // 6
    }

    /// A NumericDate (RFC 7519 §2): a JSON number that is finite and lies in 1970 to 9999.
    private static func time(_ name: String, _ object: JSONObject) throws(FieldError) -> Double? {
        guard let value = object.value(name) else { return nil }
        let text = String(decoding: object.raw(value).prefix(64), as: UTF8.self)
        guard value.kind == .number, value.range.count <= 64, let number = Double(text), number.isFinite, number >= 0,
            number <= lastSecond
        else { throw .invalid(name, expected: "a number of seconds since 1970") }
        return number
    }

    /// RFC 7519 §4.1.3: one string, or an array of strings.
    private static func audience(_ object: JSONObject) throws(FieldError) -> [[UInt8]] {
        guard let value = object.value("aud") else { return [] }
        if value.kind == .string { return [try object.required("aud", object.bytes("aud"))] }
        guard let list = strings(object.raw(value)) else {
            throw .invalid("aud", expected: "a string or an array of strings")
        }
        return list
    }

    private static func strings(_ json: UnsafeRawBufferPointer) -> [[UInt8]]? {
        var list: [[UInt8]] = []
        var scanner = JSONScanner(json)
        do throws(JSONError) {
            try scanner.beginArray()
            while try scanner.nextElement() {
                guard let text = scanner.unescaped(try scanner.value()) else { return nil }
                list.append(text)
            }
            return list
        } catch {
            return nil
        }
    }

    /// A field error without the token's own words in it.
    static func words(_ error: FieldError) -> String {
        if case .repeated = error { return "a member stands there twice" }
        return error.description
    }
}
