import Reactor
import RingwayClient

/// What a load consists of.
struct LoadPlan: Sendable {
    /// Who gets a user's messages.
    enum Kind: String, Sendable {
        /// The user itself; the server sends every frame back.
        case echo
        /// The neighbour: 0 and 1, 2 and 3, …, through the default application.
        case pairs
    }

    let kind: Kind
    /// URLs with `{user}` and `{i}` in them, taken in turn, and where each leads.
    let doors: [(url: String, address: SocketAddress)]
    /// A user's name, with `{i}` for the number.
    let user: String
    let connections: Int
    /// Bytes of a message; in pairs, of its `data`.
    let size: Int
    /// Messages under way per connection; the next goes out when one arrives.
    let window: Int
    /// Messages per second in all, sent when their time has come whatever has arrived; nil keeps to `window`.
    let rate: Double?
    let warmup: Duration
    let duration: Duration
    let loops: Int
    /// Whom `wss` connections trust.
    var tls: TLSClient?

    /// A user's name.
    func name(_ number: Int) -> String { user.replacing("{i}", with: "\(number)") }

    /// Where a user connects.
    func door(_ number: Int) throws(Failure) -> (url: WebSocketURL, address: SocketAddress) {
        let (template, address) = doors[number % doors.count]
        let text = template.replacing("{user}", with: PercentEncoding.text(name(number))).replacing(
            "{i}", with: "\(number)")
        do { return (try WebSocketURL(text), address) } catch { throw Failure("--url: \(error)") }
    }
}
