/// The answer to a plain request on the data port, such as `where` or a health check.
public struct PlainAnswer: Sendable, Hashable {
    /// The status, 200…599.
    public let status: Int
    /// Fields besides `Content-Type`, `Content-Length` and `Connection`.
    public let headers: [HTTPField]
    /// What the body is.
    public let contentType: String
    /// JSON, if `contentType` does not say otherwise.
    public let body: [UInt8]

    /// An answer with these parts.
    public init(
        status: Int, headers: [HTTPField] = [], contentType: String = "application/json", body: [UInt8]
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// An answer with this JSON text.
    public init(status: Int, headers: [HTTPField] = [], json: String) {
        self.init(status: status, headers: headers, body: Array(json.utf8))
    }

    /// Whether it refuses: then the connection ends with it, like after every error of the edge.
    public var isError: Bool { status >= 400 }

    /// The whole answer. With `keepAlive` the connection may carry another request, else it must be closed.
    public func bytes(keepAlive: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(192 + body.count)
        bytes.append("HTTP/1.1 \(status) \(PlainAnswer.reason(of: status))\r\n")
        for header in headers { bytes.append(header) }
        bytes.append("Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n")
        // HTTP/1.1 keeps connections by default (RFC 9112 §9.3), so only the end is announced.
        bytes.append(keepAlive ? "\r\n" : "Connection: close\r\n\r\n")
        bytes.append(contentsOf: body)
        return bytes
    }

    static func reason(of status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Answer"
        }
    }
}
