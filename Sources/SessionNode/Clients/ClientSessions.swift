import Edge

/// Which session a client's own socket carries: a table by the socket's index, since it is asked for every message.
struct ClientSessions {
    private var entries: ContiguousArray<(generation: UInt32, session: SessionRef)?> = []
    /// How many sockets carry a session.
    private(set) var count = 0

    subscript(client: ClientID) -> SessionRef? {
        let index = Int(client.index)
        guard entries.indices.contains(index), let entry = entries[index], entry.generation == client.generation else {
            return nil
        }
        return entry.session
    }

    mutating func insert(_ session: SessionRef, for client: ClientID) {
        let index = Int(client.index)
        while entries.count <= index { entries.append(nil) }
        if entries[index] == nil { count += 1 }
        entries[index] = (client.generation, session)
    }

    mutating func remove(_ client: ClientID) -> SessionRef? {
        guard let session = self[client] else { return nil }
        entries[Int(client.index)] = nil
        count -= 1
        return session
    }
}
