import SessionLink

/// Reads what a node says on one leg. The gateway has one for each leg that it opened with an adopt.
///
/// Credit, an `attached`'s too, and the application's own `text` and `binary` are not its business.
public struct ToGatewayReader {
    private var assembly = LinkAssembly()

    /// A reader of a new leg.
    public init() {}

    /// Takes the leg's next frame; nil if what it belongs to is not complete.
    ///
    /// - Parameter maxMessageBytes: the most bytes of a client's message; `LinkBacklog.frameRoom` more for a kept one.
    public mutating func take(_ frame: LinkFrame, maxMessageBytes: Int) throws(LinkError) -> ToGateway? {
        switch frame.kind {
        case .kept: return try assembly.keptMessage(frame, maxMessageBytes).map { .deliver($0) }
        case .attached:
            _ = try LinkAttached(frame)
            return .attached
        case .moved: return .moved(epoch: try LinkMoved(frame).epoch.counter(in: .moved))
        case .superseded:
            _ = try LinkSuperseded(frame)
            return .superseded
        case .refused:
            let refused = try LinkRefused(frame)
            return .refused(status: refused.status, reason: refused.reason)
        case .taken:
            let taken = try LinkTaken(frame)
            return .taken(through: taken.through, also: taken.also)
        case .home:
            let home = try LinkHome(frame)
            return .home(
                try Home(incarnation: home.incarnation, node: home.node, in: .home), at: Position(home.position),
                isRecovered: home.isRecovered)
        case .released:
            let released = try LinkReleased(frame)
            return .released(epoch: released.epoch, state: released.state.map { Array($0) })
        case .close:
            let close = try LinkClose(frame)
            return .close(code: close.code, reason: close.reason)
        default: throw .unexpectedKind(expected: .kept, got: frame.kind)
        }
    }
}
