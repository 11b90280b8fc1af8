import Glibc

/// A handler's own state per socket: a table by `SocketID.index` that knows stale ids.
///
/// Memory is mapped for every descriptor there can be and touched only where a value is, so an entry costs its stride and
/// nothing else: no object, no hashing. Pointers stay good until `remove`. Belongs to one loop's thread.
public final class SocketStore<Value: ~Copyable> {
    @usableFromInline let values: UnsafeMutablePointer<Value>
    /// Generation of the socket whose value is here; 0 = none. Generations of sockets start at 1.
    @usableFromInline let living: UnsafeMutablePointer<UInt32>
    @usableFromInline let limit: Int
    /// How many values are here.
    public private(set) var count = 0

    /// An empty table for a loop's sockets; `limit` is `EventLoop.socketLimit`.
    public init(limit: Int) {
        self.limit = limit
        values = .allocate(capacity: limit)
        guard let zeroes = calloc(limit, MemoryLayout<UInt32>.stride) else {
            preconditionFailure("out of memory for a table of \(limit) sockets")
        }
        living = zeroes.bindMemory(to: UInt32.self, capacity: limit)
    }

    /// Stores the value of a socket that has none yet.
    public func add(_ id: SocketID, _ value: consuming Value) {
        precondition(
            id.index >= 0 && Int(id.index) < limit && living[Int(id.index)] == 0 && id.generation != 0,
            "a socket's place is taken, or the socket is none of this loop's")
        (values + Int(id.index)).initialize(to: value)
        living[Int(id.index)] = id.generation
        count += 1
    }

    /// The value of a socket; nil if it has none or the id is stale.
    @inlinable
    @inline(__always)
    public func find(_ id: SocketID) -> UnsafeMutablePointer<Value>? {
        guard id.index >= 0, Int(id.index) < limit, living[Int(id.index)] == id.generation, id.generation != 0 else {
            return nil
        }
        return values + Int(id.index)
    }

    /// Forgets the value of a socket; nothing happens if it has none.
    public func remove(_ id: SocketID) {
        guard let value = find(id) else { return }
        value.deinitialize(count: 1)
        living[Int(id.index)] = 0
        count -= 1
    }

    /// The sockets that have a value; O(limit).
    public var all: [SocketID] {
        (0..<limit).compactMap { living[$0] == 0 ? nil : SocketID(index: Int32($0), generation: living[$0]) }
    }

    deinit {
        for id in all { remove(id) }
        values.deallocate()
        free(living)
    }
}
