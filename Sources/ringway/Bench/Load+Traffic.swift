import ClusterModel

extension Load {
    /// Judges a message that arrived at a member.
    func take(_ payload: UnsafeRawBufferPointer, at member: LoadMember) {
        switch plan.kind {
        case .echo: takeEcho(payload, at: member)
        case .pairs: takeMessage(payload, at: member)
        }
    }

    private func takeEcho(_ payload: UnsafeRawBufferPointer, at member: LoadMember) {
        if member.matches(payload) { return arrived(from: member) }
        if case .welcome? = ServerMessage(payload) {
            return giveUp(member, "the server runs the messenger: start nodes with --application echo")
        }
        tally.fail("not the message that was sent")
        dropped(from: member)
    }

    /// `{"type":"message","from":…,"data":"<number>…"}`, a `result` for our own message, or the welcome.
    private func takeMessage(_ payload: UnsafeRawBufferPointer, at member: LoadMember) {
        do throws(JSONError) {
            var scanner = JSONScanner(payload)
            var type: JSONValue?
            var data: JSONValue?
            var status: JSONValue?
            try scanner.beginObject()
            while let name = try scanner.nextMember() {
                let value = try scanner.value()
                if scanner.text(of: name, is: "type") { type = value }
                if scanner.text(of: name, is: "data") { data = value }
                if scanner.text(of: name, is: "status") { status = value }
            }
            guard let type else { return tally.fail("a message without a type") }
            if scanner.text(of: type, is: "message"), let data {
                let text = scanner.raw(data)
                // Without the quotes: the number is the data's first bytes.
                takeFromPartner(LoadMember.number(UnsafeRawBufferPointer(rebasing: text.dropFirst())), at: member)
            } else if scanner.text(of: type, is: "result"), let status {
                if scanner.text(of: status, is: "delivered") || scanner.text(of: status, is: "accepted") { return }
                tally.fail("result \(scanner.text(of: status) ?? "?")")
                dropped(from: member)
            } else if scanner.text(of: type, is: "welcome") {
                becameReady(member)
            } else {
                tally.fail("error \(ServerMessage(payload).map { "\($0)" } ?? "?")")
            }
        } catch {
            tally.fail("not JSON: \(error)")
        }
    }

    private func takeFromPartner(_ number: UInt32?, at member: LoadMember) {
        guard let sender = partner(of: member) else { return tally.fail("a message of a stranger") }
        guard let number, number >= sender.expected else { return tally.fail("out of order") }
        while sender.expected < number { dropped(from: sender) }
        arrived(from: sender)
    }
}
