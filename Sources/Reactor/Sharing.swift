import Glibc

// The ways in which a value that is not Sendable may cross threads: behind a lock, bound to its loop, or as a handle of an
// object of C's that allows it. This is the one file with `@unchecked Sendable`; the proofs stand with the types.

/// A value behind a lock.
///
/// The same calls as `Synchronization.Mutex`, over a pthread mutex: ThreadSanitizer knows that one, while a contended
/// `Mutex` goes through the library's own futex, which it does not see and reports as a race (docs/decisions/0003-locks.md).
///
/// `@unchecked Sendable` is sound since the value comes in as `sending`, is never handed out, and every access holds the mutex.
public final class Locked<Value: ~Copyable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    /// Puts a value behind a lock of its own.
    public init(_ value: consuming sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        let code = pthread_mutex_init(mutex, nil)
        precondition(code == 0, "pthread_mutex_init: \(String(cString: strerror(code)))")
    }

    /// Calls `body` with the value; others wait meanwhile. Not re-entrant: a call from inside `body` never returns.
    @inline(__always)
    public func withLock<Answer: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Answer
    ) throws(Failure) -> sending Answer {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// `withLock` if nobody holds the lock; nil, at once, if somebody does.
    @inline(__always)
    public func withLockIfAvailable<Answer: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Answer
    ) throws(Failure) -> sending Answer? {
        guard pthread_mutex_trylock(mutex) == 0 else { return nil }
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }
}

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

/// An object of CTLS that may be used on other threads than the one that made it.
///
/// `@unchecked Sendable` is sound since there are two kinds, and CTLS says of both how threads may use them: a context may be
/// used by any number at once (CTLSContext.h), and a session by one at a time, in turn (CTLSSession.h): it is in a handle only
/// between the loop that let go of it and the one that takes it up, inside a `DetachedSocket`, which gives it out once.
struct CHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
}
