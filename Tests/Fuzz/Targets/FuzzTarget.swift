/// Everything that reads bytes of others, each with the properties it must keep whatever the bytes are.
///
/// `scripts/fuzz` runs one of them under libFuzzer; the ordinary tests run all of them over the corpus.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// A request head, and what the upgrade check makes of it.
    case head
    /// A response head, as a client reads it.
    case response
    /// Frames of a WebSocket, on both sides.
    case frames
    /// Frames of a link with every payload.
    case link
    /// Messages that cross a link in parts.
    case chunks
    /// The opening of a link, on both ends.
    case handshake
    /// Ring documents.
    case ring
    /// Replies of Redis, and commands to it.
    case reply
    /// JSON texts.
    case json
    /// Frames of the default application's clients.
    case request
    /// Tokens, as far as they are read before a key is asked.
    case token

    /// Whether every property holds for these bytes.
    public func run(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        switch self {
        case .head: try HeadProperties.check(bytes)
        case .response: try ResponseProperties.check(bytes)
        case .frames: try FrameProperties.check(bytes)
        case .link: try LinkProperties.check(bytes)
        case .chunks: try ChunkProperties.check(bytes)
        case .handshake: try HandshakeProperties.check(bytes)
        case .ring: try RingProperties.check(bytes)
        case .reply: try ReplyProperties.check(bytes)
        case .json: try JSONProperties.check(bytes)
        case .request: try RequestProperties.check(bytes)
        case .token: try TokenProperties.check(bytes)
        }
    }
}

/// A property that does not hold.
public struct Finding: Error, CustomStringConvertible {
    /// What should have held.
    public let description: String
}

/// Says of a condition what it means that it does not hold.
func demand(_ condition: Bool, _ sentence: @autoclosure () -> String) throws(Finding) {
    guard condition else { throw Finding(description: sentence()) }
}
