/// How long a client's session waits and how much it keeps. The defaults are also those of the browser module.
public struct ClientBounds: Hashable, Sendable {
    /// Before coming back: a random part of a span that doubles from this one…
    public var base = Duration.milliseconds(250)
    /// …up to this one.
    public var cap = Duration.seconds(30)
    /// Open for so long, a connection was a good one: spans begin anew.
    public var stable = Duration.seconds(10)
    /// From the beginning of a connection to the server's greeting.
    public var welcome = Duration.seconds(20)
    /// For the last result of a reliable message, from when it was first sent, and again from when it was accepted; then it is
    /// unknown. Nothing is sent again that is older: with the 30 s that a node tries, that stays below the 120 s for which a
    /// recipient's gateway knows a duplicate.
    public var answer = Duration.seconds(60)
    /// Messages without a last result; what is sent beyond is rejected.
    public var messages = 1024
    /// Bytes of those messages together.
    public var bytes = 8 << 20
    /// Senders remembered, to drop duplicates; those that were silent longest are forgotten first.
    public var senders = 4096
    /// Handled messages that are acknowledged at once; fewer wait for `flush`.
    public var batch = 32

    /// The defaults.
    public init() {}
}
