import ClusterModel
import HashRing
import SessionLink

// What frames say with plain fields, as values of the machines and back.

extension LinkPosition { init(_ position: Position) { self.init(epoch: position.epoch, k: position.k) } }

extension Position { init(_ position: LinkPosition) { self.init(epoch: position.epoch, k: position.k) } }

extension KeptMessage {
    init(_ kept: LinkKept) {
        self.init(
            position: Position(kept.position), key: MessageKey(sender: kept.sender, n: kept.n), frame: Array(kept.body))
    }
}

extension Home {
    init(incarnation: UInt64, node: String, in kind: LinkKind) throws(LinkError) {
        guard let incarnation = Incarnation(incarnation), let node = Result(catching: { try NodeID(node) }).success
        else { throw .unknownValue(kind) }
        self.init(node: node, incarnation: incarnation)
    }

    init(_ home: LinkAdopt.Home) throws(LinkError) {
        guard let node = String(validating: home.node, as: UTF8.self) else { throw .invalidText(.adopt) }
        try self.init(incarnation: home.incarnation, node: node, in: .adopt)
    }
}

extension Result {
    fileprivate var success: Success? {
        guard case .success(let value) = self else { return nil }
        return value
    }
}

extension UInt64 {
    /// Of a frame that was there before numbers had a bound.
    func counter(in kind: LinkKind) throws(LinkError) -> UInt64 {
        guard self <= LinkNumber.max else { throw .unknownValue(kind) }
        return self
    }
}

/// Lends the bytes of a state that may cross a link: none if there is none or if it is larger than `LinkBacklog.maxStateBytes`,
/// which is the application's loss alone.
func withState<Result>(_ state: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
    guard let state, state.count <= LinkBacklog.maxStateBytes else { return body(nil) }
    return state.withUnsafeBytes { body($0) }
}

/// A value to which kept messages are still to come.
final class Announced<Value> {
    var value: Value
    var count: LinkBacklogCount

    init(_ value: Value, _ count: LinkBacklogCount) {
        self.value = value
        self.count = count
    }
}

/// How many kept messages follow; more than may is a mistake of this process, whose bounds are far below.
func announce(_ messages: [KeptMessage]) -> UInt32 {
    precondition(messages.count <= LinkBacklog.maxMessages, "a session keeps fewer messages than may cross a link")
    return UInt32(messages.count)
}
