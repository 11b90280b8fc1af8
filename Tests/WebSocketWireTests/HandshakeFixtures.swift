@testable import WebSocketWire

/// A request whose parts can be changed one by one; as it stands it is the example of RFC 6455 §1.2.
struct Request {
    var line = "GET /chat?user=alice HTTP/1.1"
    var fields = [
        "Host: server.example.com", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]

    func with(_ change: (inout Request) -> Void) -> Request {
        var copy = self
        change(&copy)
        return copy
    }

    func without(_ name: String) -> Request {
        with { $0.fields.removeAll { $0.lowercased().hasPrefix(name.lowercased() + ":") } }
    }

    func adding(_ field: String) -> Request { with { $0.fields.append(field) } }

    func replacing(_ field: String) -> Request {
        without(String(field.prefix { $0 != ":" })).adding(field)
    }

    var text: String { ([line] + fields).joined(separator: "\r\n") + "\r\n\r\n" }
}

/// What became of some bytes, in a form that can be compared.
enum Outcome: Equatable {
    case needMore
    case upgrade(consumed: Int)
    case plain(consumed: Int)
    case refused(HTTPRefusal)

    var status: Int? {
        if case .refused(let refusal) = self { refusal.status } else { nil }
    }
}

func outcome(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> Outcome {
    switch bytes.withUnsafeBytes({ HTTPHead.parse($0, limits: limits) }) {
    case .needMore: return .needMore
    case .bad(let refusal): return .refused(refusal)
    case .head(let head, let consumed):
        switch UpgradeRequest.check(head) {
        case .upgrade: return .upgrade(consumed: consumed)
        case .plain: return .plain(consumed: consumed)
        case .refuse(let refusal): return .refused(refusal)
        }
    }
}

func outcome(_ request: Request) -> Outcome { outcome(Array(request.text.utf8)) }

/// The outcome when bytes arrive one by one; presented anew each time, as the reactor does.
func outcomeByteByByte(_ bytes: [UInt8]) -> Outcome {
    for count in 0...bytes.count {
        let seen = outcome(Array(bytes.prefix(count)))
        if seen != .needMore { return seen }
    }
    return .needMore
}

func readHead(_ text: String) -> HTTPHead? {
    if case .head(let head, _) = Array(text.utf8).withUnsafeBytes({ HTTPHead.parse($0) }) { head } else { nil }
}

func upgrade(_ request: Request) -> UpgradeRequest? {
    guard let head = readHead(request.text), case .upgrade(let upgrade) = UpgradeRequest.check(head) else { return nil }
    return upgrade
}
