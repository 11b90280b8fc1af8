import ClusterModel

/// The answer to a request that goes no further: says why in one JSON line and ends the connection.
///
/// ```
/// HTTP/1.1 426 Upgrade Required
/// Upgrade: websocket
/// Content-Type: application/json
/// Content-Length: …
/// Connection: close
///
/// {"error":{"code":"upgrade_required","message":"…"}}
/// ```
public struct HTTPRefusal: Error, Sendable, Hashable {
    /// The status, 400…599.
    public let status: Int
    /// What went wrong, for programs: lower case with underscores, never changed once released.
    public let code: String
    /// What went wrong, for people. Must not hold tokens or query strings.
    public let message: String
    /// Fields that this status asks for: `Allow`, `Upgrade`, `Retry-After`, …
    public let headers: [HTTPField]

    /// A refusal with these parts.
    public init(status: Int, code: String, message: String, headers: [HTTPField] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    /// The whole answer. The connection must be closed after it.
    public var bytes: [UInt8] { answer.bytes(keepAlive: false) }

    /// The same as the answer to a plain request.
    public var answer: PlainAnswer {
        var body: [UInt8] = []
        body.append("{\"error\":{\"code\":")
        JSONWriter.append(code.utf8, to: &body)
        body.append(",\"message\":")
        JSONWriter.append(message.utf8, to: &body)
        body.append("}}\n")
        return PlainAnswer(status: status, headers: headers, body: body)
    }
}
