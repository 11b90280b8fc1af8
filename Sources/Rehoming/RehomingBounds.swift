/// What re-homing keeps at most, and how long it waits. All are settings of the process, for tests and simulators.
public struct RehomingBounds: Hashable, Sendable {
    /// The defaults.
    public static let standard = RehomingBounds()

    /// Messages kept per session and direction. A client that has so many unanswered is not read; a recipient's sender is told `busy`.
    public var messages = 256
    /// Bytes kept per session and direction; one message alone may be larger.
    public var bytes = 1 << 20
    /// Senders remembered per session at its gateway and at its client.
    public var marks = 4096
    /// How long a sender is remembered after its last message. Longer than `giveUp`: nobody presents a message after that.
    public var markAge = Duration.seconds(120)
    /// How long a gateway waits for the answer to an attach, and then for the backlog's end; then it calls the leg dead. Longer than `fetch`.
    public var attach = Duration.seconds(5)
    /// How long a gateway waits for the former owner's last words before it calls the leg dead.
    public var release = Duration.milliseconds(1000)
    /// How long a former owner waits for answers to a leaving session's requests before it lets go.
    public var settle = Duration.milliseconds(150)
    /// How long a client is kept without an owner; then it is closed with 4003.
    public var ownerless = Duration.seconds(10)
    /// How long a new owner waits for the sessions of the users it gained, at most, before it says offline.
    public var grace = Duration.seconds(5)
    /// How long a session without a gateway may be resumed, and a released one's state fetched.
    public var resume = Duration.seconds(30)
    /// How long a sender's node tries to deliver; then the message is `unknown`, or rejected if it never left.
    public var giveUp = Duration.seconds(30)
    /// Between two tries against an owner that refuses or cannot be reached: doubles from the first to the second.
    public var retry: ClosedRange<Duration> = .milliseconds(20) ... .seconds(1)
    /// How long a fetch from a session's home may take, all tries together; then the session goes on without its backlog.
    public var fetch = Duration.seconds(3)
    /// Bytes of an application's state that move with a session.
    public var state = 64 << 10

    /// The defaults.
    public init() {}
}
