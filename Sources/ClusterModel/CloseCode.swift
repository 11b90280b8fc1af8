/// The code of a WebSocket close: the standard ones of RFC 6455 and ours.
///
/// Ours say by their number whether the client may come back: 4000...4499 yes, 4500...4999 no.
public struct CloseCode: Hashable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt16

    /// Any code, also one that has no name here.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// 4001: the user's owner changed (plan B).
    public static let moved = CloseCode(rawValue: 4001)
    /// 4002: this process is going away.
    public static let draining = CloseCode(rawValue: 4002)
    /// 4003: no owner took the session in time.
    public static let ownerUnavailable = CloseCode(rawValue: 4003)
    /// 4004: come back after `retry` milliseconds.
    public static let overloaded = CloseCode(rawValue: 4004)
    /// 4008: no answer to a ping.
    public static let pongTimeout = CloseCode(rawValue: 4008)
    /// 4009: the outbound queue overflowed.
    public static let slowConsumer = CloseCode(rawValue: 4009)
    /// 4100: everyone reconnects (plan A).
    public static let ringChanged = CloseCode(rawValue: 4100)
    /// 4401: come back with a fresh token.
    public static let tokenExpired = CloseCode(rawValue: 4401)
    /// 4500: the credentials are no good.
    public static let unauthorized = CloseCode(rawValue: 4500)
    /// 4501: a newer connection of this session took over.
    public static let superseded = CloseCode(rawValue: 4501)
    /// 4503: wrong service, Origin or user.
    public static let forbidden = CloseCode(rawValue: 4503)
    /// 4504: against the rules of this cluster.
    public static let policy = CloseCode(rawValue: 4504)

    /// 1000: the purpose is fulfilled.
    public static let normal = CloseCode(rawValue: 1000)
    /// 1001: the endpoint is going away.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// 1002: the peer broke the protocol.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// 1003: a kind of data that is not accepted here.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// 1005: there was no code. Never on the wire.
    public static let noStatus = CloseCode(rawValue: 1005)
    /// 1006: the connection broke without a close frame. Never on the wire.
    public static let abnormal = CloseCode(rawValue: 1006)
    /// 1007: text that is not UTF-8.
    public static let invalidText = CloseCode(rawValue: 1007)
    /// 1008: against a rule, for instance too many control frames.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// 1009: a message over the limit.
    public static let messageTooBig = CloseCode(rawValue: 1009)
    /// 1011: a mistake on our side.
    public static let internalError = CloseCode(rawValue: 1011)
    /// 1012: the service restarts.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// 1013: try again later.
    public static let tryAgainLater = CloseCode(rawValue: 1013)

    /// The name, or the number of a code that has none.
    public var name: String {
        Self.names[self] ?? String(rawValue)
    }

    /// Whether a client that got this code should connect again.
    public var mayReturn: Bool {
        switch rawValue {
        case 4000...4499, 1001, 1005, 1006, 1011, 1012, 1013: true
        default: false
        }
    }

    /// Whether the code may stand in a close frame: not 1004, 1005, 1006 or 1015, and nothing unassigned below 3000.
    public var isAllowedOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// `4001 moved`.
    public var description: String {
        Self.names[self].map { "\(rawValue) \($0)" } ?? String(rawValue)
    }

    private static let names: [CloseCode: String] = [
        moved: "moved", draining: "draining", ownerUnavailable: "ownerUnavailable", overloaded: "overloaded",
        pongTimeout: "pongTimeout", slowConsumer: "slowConsumer", ringChanged: "ringChanged",
        tokenExpired: "tokenExpired", unauthorized: "unauthorized", superseded: "superseded", forbidden: "forbidden",
        policy: "policy",
        normal: "normal", goingAway: "goingAway", protocolError: "protocolError", unsupportedData: "unsupportedData",
        noStatus: "noStatus", abnormal: "abnormal", invalidText: "invalidText", policyViolation: "policyViolation",
        messageTooBig: "messageTooBig", internalError: "internalError", serviceRestart: "serviceRestart",
        tryAgainLater: "tryAgainLater",
    ]
}
