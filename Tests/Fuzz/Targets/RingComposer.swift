/// Makes a ring document of bytes: each chooses a member's value among right and strange ones. Mutating a document's text
/// hardly ever gives another one that is taken; this nearly always does.
struct RingComposer {
    private var choices: ArraySlice<UInt8>

    /// The document without a right digest, table and number of points.
    static func document(from bytes: some Collection<UInt8>) -> [UInt8] {
        var composer = RingComposer(choices: ArraySlice(bytes))
        return Array(composer.document().utf8)
    }

    private mutating func document() -> String {
        var members = ["\"hash\":\"xxh64\"", "\"points\":0", "\"service\":\"chat\"", "\"v\":1"]
        members.append("\"table\":\"0000000000000000\"")
        members.append("\"epoch\":" + pick(["1", "1795358857087", "9007199254740991"]))
        members.append("\"vnodes\":" + pick(["4", "1", "8", "100"]))
        add("seed", ["\"0000000000000000\"", "\"00000000000000ff\"", "\"ffffffffffffffff\""], to: &members)
        add("plan", ["\"reconnect-all\"", "\"reconnect-moved\"", "\"rehome\"", "\"other\"", "1"], to: &members)
        add("delivery", ["\"routed\"", "\"broadcast\"", "\"other\"", "null"], to: &members)
        add("close_over_ms", ["0", "1", "10000", "3600000", "3600001", "-1"], to: &members)
        var nodes: [String] = []
        while !choices.isEmpty, nodes.count < 6 { nodes.append(node(nodes.count)) }
        members.append("\"nodes\":[" + nodes.joined(separator: ",") + "]")
        return "{\"digest\":\"0000000000000000\"," + members.joined(separator: ",") + "}"
    }

    private mutating func node(_ index: Int) -> String {
        var members = ["\"id\":\"\(pick(["node-", "N.", "a:_"]))\(9 - index)\""]
        add("weight", ["0", "1", "100", "250", "10000"], to: &members)
        add("state", ["\"up\"", "\"draining\"", "\"gone\"", "0"], to: &members)
        add("key", ["\"node-9\"", "\"k~\(index)\"", "\"\(index)\""], to: &members)
        add("zone", ["\"\"", "\"a\"", "\"-b\""], to: &members)
        add("inc", ["0", "1", "9007199254740991"], to: &members)
        add("kind", ["\"ringway\"", "\"foreign\"", "\"other\""], to: &members)
        add(
            "address", ["\"127.0.0.1:7100\"", "\"[::1]:1\"", "\"a.b:65535\"", "\"a:0\"", "\"A:01\"", "7"], to: &members)
        add(
            "url", ["\"ws://a/chat\"", "\"wss://[::1]:7/?x\"", "\"ws://a?b\"", "\"http://a\"", "\"ws://a\""],
            to: &members)
        add("loops", ["0", "1", "2", "64", "1000000"], to: &members)
        return "{" + members.joined(separator: ",") + "}"
    }

    private mutating func pick(_ values: [String]) -> String {
        values[Int(choices.popFirst() ?? 0) % values.count]
    }

    /// Adds a member, or leaves it out.
    private mutating func add(_ name: String, _ values: [String], to members: inout [String]) {
        let choice = Int(choices.popFirst() ?? 0) % (values.count + 1)
        if choice > 0 { members.append("\"\(name)\":\(values[choice - 1])") }
    }
}
