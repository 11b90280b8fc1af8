/// One call that a program answers over HTTP besides `/livez`, `/readyz` and `/metrics`.
public struct AdminRoute: Sendable {
    /// The method in upper case.
    public let method: String
    /// The path; `{name}` stands for one segment of any text: `/v1/services/{service}/nodes`.
    public let pattern: String
    let handler: @Sendable (AdminRequest) async -> AdminAnswer

    /// A route. The handler answers every outcome itself: there is nothing to throw to.
    public init(
        _ method: String, _ pattern: String, _ handler: @escaping @Sendable (AdminRequest) async -> AdminAnswer
    ) {
        self.method = method
        self.pattern = pattern
        self.handler = handler
    }
}

/// What a route gets to see of a request.
public struct AdminRequest: Sendable {
    /// The segments that matched `{…}` in the route's pattern, percent-decoded once.
    public let parameters: [String: [UInt8]]
    /// The query's names and values, percent-decoded once; `+` stays a plus sign.
    public let query: [(name: [UInt8], value: [UInt8])]
    /// The body, at most ``AdminServer/maxBodyBytes``.
    public let body: [UInt8]

    /// A request as a route sees it; tests make them too.
    public init(parameters: [String: [UInt8]], query: [(name: [UInt8], value: [UInt8])] = [], body: [UInt8] = []) {
        self.parameters = parameters
        self.query = query
        self.body = body
    }

    /// A segment as text; empty if it is not UTF-8, which no name here can be.
    public func parameter(_ name: String) -> String {
        parameters[name].flatMap { String(validating: $0, as: UTF8.self) } ?? ""
    }

    /// The first query value of that name as text; `nil` if there is none or it is not UTF-8.
    public func queryValue(_ name: String) -> String? {
        query.first { $0.name.elementsEqual(name.utf8) }.flatMap { String(validating: $0.value, as: UTF8.self) }
    }
}

/// What a route answers.
public struct AdminAnswer: Sendable, Equatable {
    /// The HTTP status.
    public let status: Int
    /// The media type of the body.
    public let mediaType: String
    /// The body.
    public let body: [UInt8]
    /// Further header fields.
    public let headers: [String: String]

    /// An answer of any media type.
    public init(status: Int, mediaType: String, body: [UInt8], headers: [String: String] = [:]) {
        self.status = status
        self.mediaType = mediaType
        self.body = body
        self.headers = headers
    }

    /// A JSON answer; `body` is a whole JSON text.
    public static func json(_ status: Int, _ body: [UInt8], headers: [String: String] = [:]) -> AdminAnswer {
        AdminAnswer(status: status, mediaType: "application/json", body: body + [0x0A], headers: headers)
    }

    /// `{"error":{"code":…,"message":…}}`: the code is for programs and never changes, the message is for people.
    public static func error(
        _ status: Int, _ code: String, _ message: String, headers: [String: String] = [:]
    ) -> AdminAnswer {
        var json = JSONText()
        json.append("{\"error\":{\"code\":")
        json.appendString(code)
        json.append(",\"message\":")
        json.appendString(message)
        json.append("}}")
        return .json(status, json.bytes, headers: headers)
    }
}
