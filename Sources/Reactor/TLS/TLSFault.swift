import CTLS

/// What ended a TLS connection, or kept it from beginning. The finer words are in `EventLoop.tlsProblem`.
public enum TLSFault: Int32, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// The peer spoke HTTP without TLS.
    case plainHTTP = 1
    /// The peer spoke something else without TLS.
    case notTLS
    /// No TLS version in common; 1.2 and 1.3 are spoken here.
    case version
    /// No cipher, group, signature or application protocol in common.
    case ciphers
    /// The peer's certificate is for somebody else.
    case wrongName
    /// The peer's certificate has run out, or is not valid yet.
    case expired
    /// The peer's certificate is signed by nobody but itself.
    case selfSigned
    /// The peer's certificate is not trusted for another reason.
    case untrusted
    /// The client showed no certificate, and must.
    case noCertificate
    /// The peer ended it with an alert.
    case alert
    /// A record was altered or makes no sense.
    case record
    /// Anything else.
    case other
    /// The connection ended without a TLS goodbye (close_notify): what came last may not be the last.
    case truncated

    init(of session: OpaquePointer) { self = Self(rawValue: ctls_fault(session)) ?? .other }

    /// A word for a metric's label.
    public var label: String {
        switch self {
        case .plainHTTP: "plain_http"
        case .notTLS: "not_tls"
        case .version: "version"
        case .ciphers: "ciphers"
        case .wrongName: "wrong_name"
        case .expired: "expired"
        case .selfSigned: "self_signed"
        case .untrusted: "untrusted"
        case .noCertificate: "no_certificate"
        case .alert: "alert"
        case .record: "record"
        case .other: "other"
        case .truncated: "truncated"
        }
    }

    /// A few words for a log line.
    public var description: String {
        switch self {
        case .plainHTTP: "plain HTTP on a TLS port"
        case .notTLS: "no TLS on a TLS port"
        case .version: "no TLS version in common"
        case .ciphers: "no TLS cipher or protocol in common"
        case .wrongName: "the peer's certificate is for another name"
        case .expired: "the peer's certificate is out of its time"
        case .selfSigned: "the peer's certificate is self-signed"
        case .untrusted: "the peer's certificate is not trusted"
        case .noCertificate: "the peer showed no certificate"
        case .alert: "the peer ended TLS with an alert"
        case .record: "a TLS record was altered"
        case .other: "TLS failed"
        case .truncated: "the connection ended without TLS's goodbye"
        }
    }
}

/// What a loop's TLS sockets have done.
public struct TLSCounters: Hashable, Sendable {
    /// Handshakes that were completed, both sides, by version: `TLSv1.2`, `TLSv1.3`.
    public internal(set) var handshakes: [String: Int] = [:]
    /// Those of them that a ticket shortened.
    public internal(set) var resumed = 0
    /// Connections and attempts that ended with a fault.
    public internal(set) var faults: [TLSFault: Int] = [:]

    /// No TLS yet.
    public init() {}

    /// Adds another loop's counts.
    public mutating func add(_ other: TLSCounters) {
        handshakes.merge(other.handshakes, uniquingKeysWith: +)
        resumed += other.resumed
        faults.merge(other.faults, uniquingKeysWith: +)
    }
}
