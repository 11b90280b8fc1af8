import Glibc

/// Finds a user's first session by the user's bytes.
///
/// Open addressing with linear probing. A lookup takes the hash that the ring needed anyway and a view of the
/// bytes where they lie, so that a message finds its user without a copy, an allocation or a count of references;
/// `Dictionary` would need a key object for that.
struct UserIndex: ~Copyable {
    struct Slot {
        var hash: UInt64
        /// `nil` marks an empty slot. The index owns these bytes.
        var bytes: UnsafeMutableRawPointer?
        var byteCount: Int32
        /// The place of the user's first session.
        var first: Int32

        static var empty: Slot { Slot(hash: 0, bytes: nil, byteCount: 0, first: -1) }

        var user: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: Int(byteCount)) }
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var bits: Int
    private(set) var count = 0

    init(bits: Int = 6) {
        self.bits = bits
        slots = .allocate(capacity: 1 << bits)
        slots.initialize(repeating: .empty, count: 1 << bits)
    }

    deinit {
        for position in 0..<(1 << bits) { slots[position].bytes?.deallocate() }
        slots.deallocate()
    }

    /// All users of one loop agree in `hash % loops`, so the low bits say little; the product's high bits say all.
    private func home(of hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - bits))
    }

    /// The place of the user's first session, or -1. O(1) at the index's load of at most three quarters.
    func first(of user: UnsafeRawBufferPointer, hash: UInt64) -> Int32 {
        guard let position = position(of: user, hash: hash) else { return -1 }
        return slots[position].first
    }

    /// Puts a new first session in front of a user's others, and adds the user if there were none.
    /// - Returns: the former first session or -1, and the index's own copy of the user's bytes.
    mutating func push(
        _ session: Int32, for user: UnsafeRawBufferPointer, hash: UInt64
    ) -> (next: Int32, user: UnsafeRawBufferPointer) {
        if let position = position(of: user, hash: hash) {
            let next = slots[position].first
            slots[position].first = session
            return (next, slots[position].user)
        }
        if (count + 1) * 4 > (1 << bits) * 3 { grow() }
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(user.count, 1), alignment: 1)
        if let start = user.baseAddress { bytes.copyMemory(from: start, byteCount: user.count) }
        let slot = Slot(hash: hash, bytes: bytes, byteCount: Int32(user.count), first: session)
        insert(slot)
        count += 1
        return (-1, slot.user)
    }

    /// Makes another session the user's first one; -1 forgets the user and frees its bytes.
    mutating func setFirst(_ session: Int32, of user: UnsafeRawBufferPointer, hash: UInt64) {
        guard let position = position(of: user, hash: hash) else { return }
        if session >= 0 {
            slots[position].first = session
        } else {
            slots[position].bytes?.deallocate()
            count -= 1
            closeGap(at: position)
        }
    }

    private func position(of user: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        let mask = (1 << bits) - 1
        var position = home(of: hash)
        while let bytes = slots[position].bytes {
            if slots[position].hash == hash, Int(slots[position].byteCount) == user.count,
                user.baseAddress.map({ memcmp($0, bytes, user.count) == 0 }) ?? true
            {
                return position
            }
            position = (position + 1) & mask
        }
        return nil
    }

    private func insert(_ slot: Slot) {
        let mask = (1 << bits) - 1
        var position = home(of: slot.hash)
        while slots[position].bytes != nil { position = (position + 1) & mask }
        slots[position] = slot
    }

    /// Moves later entries of the same run back, so that no tombstone is ever needed and probes stay short.
    private func closeGap(at start: Int) {
        let mask = (1 << bits) - 1
        var gap = start
        var position = (start + 1) & mask
        while slots[position].bytes != nil {
            let distance = (position - home(of: slots[position].hash)) & mask
            if distance >= (position - gap) & mask {
                slots[gap] = slots[position]
                gap = position
            }
            position = (position + 1) & mask
        }
        slots[gap] = .empty
    }

    private mutating func grow() {
        let old = slots
        let oldCount = 1 << bits
        bits += 1
        slots = .allocate(capacity: 1 << bits)
        slots.initialize(repeating: .empty, count: 1 << bits)
        for position in 0..<oldCount where old[position].bytes != nil { insert(old[position]) }
        old.deallocate()
    }
}
