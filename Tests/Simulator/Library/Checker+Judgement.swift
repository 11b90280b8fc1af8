/// What can be said only when all is known.
extension Checker {
    mutating func judge() {
        for number in messages.keys.sorted() {
            guard let message = messages[number] else { continue }
            guard let to = message.to else {
                judge(note: number, message)
                continue
            }
            judge(number, message, to: to)
        }
    }

    private mutating func judge(note number: Int, _ message: Message) {
        guard let sender = sessions[message.session], sender.ended == nil, !sender.wasEverOffline else { return }
        if message.timesGiven == 0 { blame("note lost", "m\(number) of s\(message.session)") }
    }

    private mutating func judge(_ number: Int, _ message: Message, to user: Int) {
        let said = message.told.map { $0.what }
        guard let last = message.told.last else {
            return blame("silence", "m\(number) of s\(message.session), sent at \(message.sent)")
        }
        if !last.what.isLast { blame("silence", "m\(number) of s\(message.session) was accepted and no more") }
        outcomes[last.what, default: 0] += 1
        if said.contains(where: { $0.isLast }), let first = said.firstIndex(where: { $0.isLast }),
            first < said.count - 1
        {
            blame("told twice", "m\(number): \(said)")
        }

        let there = sessions.filter { $0.value.user == user }
        let throughout = there.filter { item in
            item.value.ended == nil && (item.value.established ?? .max) <= message.sent
        }.keys.sorted()
        let isPromised = said.contains { $0 == .accepted || $0 == .delivered }

        for session in message.got.keys.sorted() where message.got[session] ?? 0 > 1 {
            blame("twice", "m\(number) came \(message.got[session] ?? 0) times to s\(session)")
        }
        if isPromised {
            var missing: [Int] = []
            for session in throughout where message.got[session] == nil {
                if isNewcomer(session, number) { newcomers += 1 } else { missing.append(session) }
            }
            if !missing.isEmpty { lost(number, message, missing, said, isAlone: there.count == 1) }
        } else if said.contains(where: { $0.isFailure }), message.wasSeen {
            // Its gateway never heard that it was dealt with, and replayed it; meanwhile the recipient had come.
            if message.timesGiven > 1 {
                late += 1
            } else {
                blame("failed yet delivered", "m\(number): \(said)")
            }
        }
        if let offline = message.told.first(where: { $0.what == .offline }) {
            for session in there.keys.sorted() where wasIn(session, from: message.sent, to: offline.at) {
                blame("falsely offline", "m\(number), sent at \(message.sent); s\(session) was there")
            }
        }
        judgeEffort(number, message, said, throughout, there.values.contains { $0.isSlow })
    }

    private mutating func lost(_ number: Int, _ message: Message, _ missing: [Int], _ said: [Told], isAlone: Bool) {
        guard promise.countsLosses else {
            return blame("lost", "m\(number) was \(said); s\(missing) did not get it")
        }
        losses += 1
        if isAlone, said.contains(.delivered) {
            blame("lost and not reported", "m\(number) was \(said); s\(missing) did not get it")
        }
    }

    /// That not everything ends as unknown: who is there after the faults is reached, and a mere move is nobody's business.
    private mutating func judgeEffort(
        _ number: Int, _ message: Message, _ said: [Told], _ throughout: [Int], _ hasSlow: Bool
    ) {
        guard sessions[message.session]?.ended == nil, !throughout.isEmpty, !hasSlow else { return }
        if message.isProbe, said.last != .delivered {
            blame("not settled", "m\(number), sent long after the faults, was \(said)")
        }
        let wasThere = throughout.contains { sessions[$0]?.wasEverOffline == false }
        let isUndisturbed = sessions[message.session]?.wasEverOffline == false && wasThere
        if promise.hasOnlyMoves, isUndisturbed, !said.contains(where: { $0 == .accepted || $0 == .delivered }) {
            blame("not accepted", "m\(number) was \(said), and nothing but rings had changed")
        }
    }

    /// A further session of a user that began within the last reading of the ring while the ring changed: a node that held the
    /// user by the former ring may not know of it, and nobody can tell.
    private func isNewcomer(_ number: Int, _ message: Int) -> Bool {
        guard let sent = messages[message], let session = sessions[number], let began = session.established,
            sent.wasSplit, sent.sent - began < 3_000_000, !sent.got.isEmpty,
            moves.contains(where: { $0 > began - 3_000_000 && $0 <= sent.sent })
        else { return false }
        return true
    }

    private func wasIn(_ session: Int, from: Int64, to: Int64) -> Bool {
        guard let session = sessions[session] else { return false }
        if let since = session.inSince, since <= from { return true }
        return session.times.contains { $0.from <= from && $0.to >= to }
    }
}
