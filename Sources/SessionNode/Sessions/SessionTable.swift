import SessionLink

/// The sessions of one loop, found by user or by reference.
///
/// A user's bytes are the key, never a `String`: two spellings that Unicode calls equal are two users.
/// A user may have several sessions. An end names its session by reference and identity, so the end of an old
/// connection never removes the one that came after it.
/// Confined to its loop, like all that lies in it.
final class SessionTable {
    private struct Place {
        /// Left over from the place's last session while the place is free.
        var session: Session
        var generation: UInt32
        var isOpen: Bool
    }

    private var users = UserIndex()
    private var places: UnsafeMutablePointer<Place>
    private var capacity: Int
    private var firstFree: Int32 = -1
    private var used = 0
    /// How many sessions are open.
    private(set) var count = 0

    /// How many different users have a session.
    var userCount: Int { users.count }

    init(capacity: Int = 64) {
        self.capacity = max(capacity, 1)
        places = .allocate(capacity: self.capacity)
    }

    deinit {
        // `Session` holds no references, so the places need no taking apart.
        places.deallocate()
    }

    /// Adds a session; the user's bytes are copied once per user.
    func open(
        _ id: SessionID, user: UnsafeRawBufferPointer, hash: UInt64, carrier: Carrier, epoch: UInt64
    ) -> SessionRef {
        let index = firstFree >= 0 ? firstFree : Int32(used)
        let (next, kept) = users.push(index, for: user, hash: hash)
        var session = Session(id: id, user: kept, hash: hash, carrier: carrier, openedUnder: epoch)
        session.next = next
        count += 1
        if index == firstFree {
            firstFree = places[Int(index)].session.next
            places[Int(index)].session = session
            places[Int(index)].isOpen = true
        } else {
            if used == capacity { grow() }
            (places + used).initialize(to: Place(session: session, generation: 0, isOpen: true))
            used += 1
        }
        return SessionRef(index: index, generation: places[Int(index)].generation)
    }

    /// The session, if this very one is still open.
    func session(_ ref: SessionRef) -> Session? {
        guard holds(ref) else { return nil }
        return places[Int(ref.index)].session
    }

    /// Changes a session where it lies; does nothing and returns `nil` if it is gone.
    func update<Answer>(_ ref: SessionRef, _ change: (inout Session) -> Answer) -> Answer? {
        guard holds(ref) else { return nil }
        return change(&places[Int(ref.index)].session)
    }

    /// Removes the session if this very one, with this very identity, is still open.
    @discardableResult
    func remove(_ ref: SessionRef, id: SessionID) -> Bool {
        guard let session = session(ref), session.id == id else { return false }
        unlink(ref.index, session)
        places[Int(ref.index)].isOpen = false
        places[Int(ref.index)].generation &+= 1
        places[Int(ref.index)].session.next = firstFree
        firstFree = ref.index
        count -= 1
        return true
    }

    /// Appends the user's sessions, newest first. The caller keeps the array, so in the long run nothing is allocated.
    func sessions(of user: UnsafeRawBufferPointer, hash: UInt64, into found: inout [SessionRef]) {
        var index = users.first(of: user, hash: hash)
        while index >= 0 {
            found.append(SessionRef(index: index, generation: places[Int(index)].generation))
            index = places[Int(index)].session.next
        }
    }

    /// Whether the user has so many sessions here, or more; O(`count`).
    func has(_ count: Int, sessionsOf user: UnsafeRawBufferPointer, hash: UInt64) -> Bool {
        var left = count
        var index = users.first(of: user, hash: hash)
        while index >= 0, left > 0 {
            left -= 1
            index = places[Int(index)].session.next
        }
        return left <= 0
    }

    /// Whether the user has any session here.
    func has(_ user: UnsafeRawBufferPointer, hash: UInt64) -> Bool {
        users.first(of: user, hash: hash) >= 0
    }

    /// The user's session of that identity.
    func session(of user: UnsafeRawBufferPointer, hash: UInt64, id: SessionID) -> SessionRef? {
        var index = users.first(of: user, hash: hash)
        while index >= 0 {
            let session = places[Int(index)].session
            if session.id == id { return SessionRef(index: index, generation: places[Int(index)].generation) }
            index = session.next
        }
        return nil
    }

    /// Calls `body` for each open session, in no order. `body` must not open or remove any.
    func forEach(_ body: (SessionRef, Session) -> Void) {
        for index in 0..<used {
            guard places[index].isOpen else { continue }
            body(SessionRef(index: Int32(index), generation: places[index].generation), places[index].session)
        }
    }

    private func holds(_ ref: SessionRef) -> Bool {
        ref.index >= 0 && Int(ref.index) < used && places[Int(ref.index)].isOpen
            && places[Int(ref.index)].generation == ref.generation
    }

    private func unlink(_ index: Int32, _ session: Session) {
        var at = users.first(of: session.user, hash: session.hash)
        if at == index {
            users.setFirst(session.next, of: session.user, hash: session.hash)
            return
        }
        while at >= 0 {
            let next = places[Int(at)].session.next
            if next == index {
                places[Int(at)].session.next = session.next
                return
            }
            at = next
        }
    }

    private func grow() {
        let larger = UnsafeMutablePointer<Place>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: places, count: used)
        places.deallocate()
        places = larger
        capacity *= 2
    }
}

@available(*, unavailable)
extension SessionTable: Sendable {}
