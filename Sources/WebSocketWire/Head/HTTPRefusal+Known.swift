// Every refusal of the edge, in the order of their statuses, so that one cause always reads the same.

extension HTTPRefusal {
    /// 400: the request breaks HTTP or our rules for it.
    public static func badRequest(_ message: String) -> HTTPRefusal {
        HTTPRefusal(status: 400, code: "bad_request", message: message)
    }

    /// 401: no or bad credentials.
    public static func unauthorized(_ message: String) -> HTTPRefusal {
        HTTPRefusal(
            status: 401, code: "unauthorized", message: message, headers: [HTTPField("WWW-Authenticate", "Bearer")])
    }

    /// 403: good credentials for something else, or an Origin that is not allowed.
    public static func forbidden(_ message: String) -> HTTPRefusal {
        HTTPRefusal(status: 403, code: "forbidden", message: message)
    }

    /// 404: no such service or resource.
    public static func notFound(_ message: String) -> HTTPRefusal {
        HTTPRefusal(status: 404, code: "not_found", message: message)
    }

    /// 405: only `GET` is served here.
    public static let methodNotAllowed = HTTPRefusal(
        status: 405, code: "method_not_allowed", message: "only GET is served here",
        headers: [HTTPField("Allow", "GET")])

    /// 408: the head was not complete in time.
    public static let requestTimeout = HTTPRefusal(
        status: 408, code: "request_timeout", message: "the request head was not complete in time")

    /// 426: a WebSocket is spoken here, the request does not ask for one.
    public static let upgradeRequired = HTTPRefusal(
        status: 426, code: "upgrade_required", message: "ask for a WebSocket: Connection: Upgrade, Upgrade: websocket",
        headers: [HTTPField("Upgrade", "websocket")])

    /// 426: a WebSocket version other than 13.
    public static let versionRequired = HTTPRefusal(
        status: 426, code: "websocket_version", message: "only WebSocket version 13 is spoken here",
        headers: [HTTPField("Sec-WebSocket-Version", "13")])

    /// 502: the owner can't be reached.
    public static let ownerUnreachable = HTTPRefusal(
        status: 502, code: "owner_unreachable", message: "the user's node can't be reached")

    /// 503: nobody owns the user now. `retryAfter` in seconds.
    public static func noOwner(retryAfter: Int) -> HTTPRefusal {
        unavailable(code: "no_owner", message: "no node is up", retryAfter: retryAfter)
    }

    /// 503: this process is going away. `retryAfter` in seconds.
    public static func shuttingDown(retryAfter: Int) -> HTTPRefusal {
        unavailable(code: "shutting_down", message: "this process is shutting down", retryAfter: retryAfter)
    }

    /// 503: a limit is reached. `retryAfter` in seconds.
    public static func overloaded(_ message: String, retryAfter: Int) -> HTTPRefusal {
        unavailable(code: "overloaded", message: message, retryAfter: retryAfter)
    }

    /// 504: the owner did not answer in time.
    public static let ownerTooSlow = HTTPRefusal(
        status: 504, code: "owner_too_slow", message: "the user's node did not answer in time")

    private static func unavailable(code: String, message: String, retryAfter: Int) -> HTTPRefusal {
        HTTPRefusal(status: 503, code: code, message: message, headers: [HTTPField("Retry-After", String(retryAfter))])
    }
}
