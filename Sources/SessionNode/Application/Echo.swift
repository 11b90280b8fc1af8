/// Sends every message back as it came: for measurements and for conformance suites.
///
/// There is no welcome, since a peer of such a program expects to hear nothing but its own words.
public final class Echo: Application {
    /// An application without state.
    public init() {}

    /// Sends the message back.
    public func onMessage(
        _ bytes: UnsafeRawBufferPointer, _ kind: MessageKind, from session: SessionRef, in context: NodeContext
    ) {
        context.send(bytes, kind, to: session)
    }
}
