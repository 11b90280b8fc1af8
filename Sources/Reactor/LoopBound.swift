/// Carries a loop-confined object through code that runs on other threads, without letting that code touch it.
///
/// `@unchecked Sendable` is sound since the value can be reached only through `value(on:)`, which demands the loop that it was
/// bound to, and an `EventLoop` is itself reachable only on its own thread (it is not Sendable and is only ever handed to work
/// that runs there). The last reference may be dropped on another thread: bind only values whose deinit touches no loop.
public final class LoopBound<Value>: @unchecked Sendable {
    private let bound: Value
    private let owner: LoopHandle

    /// Binds `value` to the loop.
    public init(_ value: Value, to loop: EventLoop) {
        bound = value
        owner = loop.handle
    }

    /// The value. Stops the program if `loop` is not the one it was bound to.
    public func value(on loop: EventLoop) -> Value {
        precondition(loop.handle == owner, "a value bound to one event loop was asked for on another")
        return bound
    }

    /// The loop it was bound to.
    public var loop: LoopHandle { owner }
}
