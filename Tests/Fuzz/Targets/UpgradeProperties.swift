import ClusterModel

@testable import WebSocketWire

/// The upgrade check over heads that were taken: what it accepts is accepted by our own client too, what it refuses
/// has a sound answer.
enum UpgradeProperties {
    static func check(_ head: HTTPHead) throws(Finding) {
        try checkTarget(head)
        switch UpgradeRequest.check(head) {
        case .refuse(let refusal): try RefusalProperties.check(refusal)
        case .plain(let head):
            try demand(head.isGET && head.target.hasPrefix("/"), "a plain request that is no GET of a path")
            for name in ["Upgrade", "Sec-WebSocket-Key", "Transfer-Encoding"] {
                try demand(count(name, head) == 0, "a plain request with \(name)")
            }
            try demand(count("Host", head) == 1, "a request needs one Host")
        case .upgrade(let request): try checkUpgrade(request, head)
        }
    }

    private static func checkUpgrade(_ request: UpgradeRequest, _ head: HTTPHead) throws(Finding) {
        try demand(head.method == "GET" && request.target.utf8.first == UInt8(ascii: "/"), "an upgrade of no path")
        for name in ["Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version"] {
            try demand(count(name, head) == 1, "an upgrade needs one \(name)")
        }
        try demand(count("Transfer-Encoding", head) == 0, "an upgrade with a body")
        try demand(count("Content-Length", head) <= 1 && count("Origin", head) <= 1, "an ambiguous upgrade")
        try demand(Set(request.subprotocols).count == request.subprotocols.count, "a subprotocol twice")
        try demand(request.subprotocols.allSatisfy { $0.utf8.allSatisfy(HeadGrammar.isToken) }, "a strange subprotocol")
        // The answer must open the WebSocket for the client that asked.
        let client = ClientHandshake(
            host: "a", target: "/", subprotocols: request.subprotocols, headers: [], key: Array(request.key.utf8))
        for chosen in [nil, request.subprotocols.last, "never.offered"] {
            let answer = request.answer(subprotocol: chosen)
            let reading = answer.withUnsafeBytes { HTTPResponseHead.parse($0) }
            guard case .head(let head, answer.count) = reading else {
                throw Finding(description: "our 101 can't be read: \(reading)")
            }
            let agreed: String?
            do throws(ClientHandshake.Failure) {
                agreed = try client.check(head)
            } catch {
                throw Finding(description: "our 101 opens nothing: \(error)")
            }
            let wanted = request.subprotocols.contains(chosen ?? "") ? chosen : nil
            try demand(agreed == wanted, "the 101 chose another subprotocol")
        }
    }

    /// Path and query are the target, and decoding makes nothing longer.
    private static func checkTarget(_ head: HTTPHead) throws(Finding) {
        try demand(
            head.target == head.path + (head.query.map { "?" + $0 } ?? ""), "path and query are not the target")
        for component in head.pathComponents {
            try demand(component.count <= head.path.utf8.count, "decoding made a path longer")
        }
        for name in ["user", "token", ""] {
            let value: [UInt8]?
            do throws(HTTPRefusal) {
                value = try head.queryParameter(name)
            } catch {
                try RefusalProperties.check(error)
                continue
            }
            try demand(value?.count ?? 0 <= head.target.utf8.count, "decoding made a query longer")
        }
    }

    private static func count(_ name: String, _ head: HTTPHead) -> Int {
        (0..<head.fields.count).count { head.fields.name(at: $0).lowercased() == name.lowercased() }
    }
}
