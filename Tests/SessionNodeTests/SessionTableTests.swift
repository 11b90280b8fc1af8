import HashRing
import Reactor
import SessionLink
import Testing

@testable import SessionNode

@Suite struct SessionTableTests {
    private func carrier(_ number: Int32) -> Carrier { .client(SocketID(index: number, generation: 1)) }

    private func open(_ table: SessionTable, _ id: UInt64, _ user: [UInt8]) -> SessionRef {
        user.withUnsafeBytes { bytes in
            table.open(
                SessionID(first: id, second: 0), user: bytes, hash: XXHash64.hash(bytes), carrier: carrier(Int32(id)),
                epoch: 1)
        }
    }

    private func sessions(_ table: SessionTable, _ user: [UInt8]) -> [SessionRef] {
        var found: [SessionRef] = []
        user.withUnsafeBytes { table.sessions(of: $0, hash: XXHash64.hash($0), into: &found) }
        return found
    }

    @Test func `two spellings that String calls equal are two users`() {
        let table = SessionTable()
        let composed = open(table, 1, Array("jos\u{e9}".utf8))
        let decomposed = open(table, 2, Array("jose\u{301}".utf8))
        #expect(sessions(table, Array("jos\u{e9}".utf8)) == [composed])
        #expect(sessions(table, Array("jose\u{301}".utf8)) == [decomposed])
        #expect(table.userCount == 2)
    }

    @Test func `the end of an old session never removes the one that came after it`() {
        let table = SessionTable()
        let user = Array("alice".utf8)
        let old = open(table, 1, user)
        #expect(table.remove(old, id: SessionID(first: 1, second: 0)))
        // The new session gets the old one's place.
        let new = open(table, 2, user)
        #expect(new.index == old.index)
        #expect(!table.remove(old, id: SessionID(first: 1, second: 0)))
        #expect(!table.remove(new, id: SessionID(first: 1, second: 0)), "another identity")
        #expect(sessions(table, user) == [new])
        #expect(table.session(old) == nil)
    }

    @Test func `a user's sessions are counted no further than asked for`() {
        let table = SessionTable()
        let user = Array("alice".utf8)
        func has(_ count: Int) -> Bool {
            user.withUnsafeBytes { table.has(count, sessionsOf: $0, hash: XXHash64.hash($0)) }
        }
        #expect(!has(1))
        let first = open(table, 1, user)
        _ = open(table, 2, user)
        _ = open(table, 3, Array("bob".utf8))
        #expect(has(1) && has(2) && !has(3))
        table.remove(first, id: SessionID(first: 1, second: 0))
        #expect(has(1) && !has(2))
    }

    @Test func `each session of a user is found, newest first, and by its identity`() {
        let table = SessionTable()
        let user = Array("bob".utf8)
        let refs = (1...3).map { open(table, $0, user) }
        #expect(sessions(table, user) == refs.reversed())
        #expect(table.remove(refs[1], id: SessionID(first: 2, second: 0)))
        #expect(sessions(table, user) == [refs[2], refs[0]])
        user.withUnsafeBytes { bytes in
            let hash = XXHash64.hash(bytes)
            #expect(table.session(of: bytes, hash: hash, id: SessionID(first: 1, second: 0)) == refs[0])
            #expect(table.session(of: bytes, hash: hash, id: SessionID(first: 2, second: 0)) == nil)
        }
    }

    @Test func `users whose hashes collide are kept apart by their bytes`() {
        let table = SessionTable()
        var refs: [SessionRef] = []
        for number in 0..<50 {
            let user = Array("user-\(number)".utf8)
            refs.append(
                user.withUnsafeBytes {
                    table.open(
                        SessionID(first: UInt64(number), second: 0), user: $0, hash: 42, carrier: carrier(1), epoch: 1)
                })
        }
        for number in stride(from: 0, to: 50, by: 3) {
            #expect(table.remove(refs[number], id: SessionID(first: UInt64(number), second: 0)))
        }
        for number in 0..<50 {
            var found: [SessionRef] = []
            Array("user-\(number)".utf8).withUnsafeBytes { table.sessions(of: $0, hash: 42, into: &found) }
            #expect(found == (number % 3 == 0 ? [] : [refs[number]]))
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `behaves like a dictionary of lists under random opens and ends`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let table = SessionTable(capacity: 1)
        var model: [[UInt8]: [SessionRef]] = [:]
        var identities: [SessionRef: UInt64] = [:]
        var ended: [(SessionRef, UInt64)] = []
        var owner: [SessionRef: [UInt8]] = [:]
        for step in 0..<8000 {
            // The population swells and shrinks, so that the index grows and gaps are closed.
            let opening = Int.random(in: 0..<10, using: &random) < (step / 1000 % 2 == 0 ? 7 : 3)
            if opening || owner.isEmpty {
                let user = Array("user-\(Int.random(in: 0..<600, using: &random))".utf8)
                let ref = open(table, UInt64(step), user)
                #expect(identities[ref] == nil, "seed \(seed): a reference was given twice")
                model[user, default: []].insert(ref, at: 0)
                identities[ref] = UInt64(step)
                owner[ref] = user
            } else if let ref = owner.keys.sorted(by: { $0.index < $1.index }).randomElement(using: &random),
                let user = owner.removeValue(forKey: ref), let id = identities[ref]
            {
                #expect(table.remove(ref, id: SessionID(first: id, second: 0)), "seed \(seed), step \(step)")
                model[user]?.removeAll { $0 == ref }
                ended.append((ref, id))
            }
            if let (ref, id) = ended.randomElement(using: &random) {
                #expect(!table.remove(ref, id: SessionID(first: id, second: 0)), "seed \(seed): ended twice")
            }
            if step % 400 == 0 {
                for number in 0..<600 {
                    let user = Array("user-\(number)".utf8)
                    #expect(sessions(table, user) == model[user] ?? [], "seed \(seed), step \(step), user \(number)")
                }
                var seen = 0
                table.forEach { ref, session in
                    seen += 1
                    #expect(owner[ref] == Array(session.user), "seed \(seed), step \(step)")
                }
                #expect(seen == owner.count && table.count == owner.count)
                #expect(table.userCount == model.values.count { !$0.isEmpty })
            }
        }
    }
}
