extension UpgradeRequest {
    /// What a request asks for.
    public enum Decision: Sendable {
        /// A WebSocket, and everything about the handshake is right.
        case upgrade(UpgradeRequest)
        /// A plain `GET` without a trace of an upgrade.
        case plain(HTTPHead)
        /// Nothing that is served here.
        case refuse(HTTPRefusal)
    }

    /// Decides what a request asks for. Decided for each request anew: a connection may carry plain requests first.
    ///
    /// 1. method · 2. target · 3. `Host` · 4. body · 5. upgrade or plain · 6. version · 7. key · 8. lists
    public static func check(_ head: HTTPHead) -> Decision {
        do throws(HTTPRefusal) {
            // 1: before the rest, so that a POST hears of its method and not of its body.
            guard head.isGET else { return .refuse(.methodNotAllowed) }
            try checkTarget(head)  // 2
            try checkHost(head.fields)  // 3
            try checkNoBody(head.fields)  // 4
            guard try asksForUpgrade(head.fields) else { return .plain(head) }  // 5
            try checkVersion(head.fields)  // 6
            let key = try keyRange(head.fields)  // 7
            if case .repeated = head.fields.lookup("Origin") { throw HTTPRefusal.badRequest("Origin is given twice") }
            let subprotocols = try offeredSubprotocols(head.fields)  // 8
            return .upgrade(UpgradeRequest(head: head, subprotocols: subprotocols, keyRange: key))
        } catch {
            return .refuse(error)
        }
    }

    /// Origin-form only: an absolute target could name another host than `Host` does. No fragment, strict escapes.
    private static func checkTarget(_ head: HTTPHead) throws(HTTPRefusal) {
        let target = head.fields.bytes[head.targetRange]
        guard target.first == UInt8(ascii: "/") else {
            throw .badRequest("the request target must be a path, not an absolute address")
        }
        guard !target.contains(UInt8(ascii: "#")) else { throw .badRequest("the request target holds a fragment") }
        guard PercentCoding.isValid(target) else { throw .badRequest("the request target holds a bad percent escape") }
    }

    private static func checkHost(_ fields: HeaderFields) throws(HTTPRefusal) {
        switch fields.lookup("Host") {
        case .absent: throw .badRequest("Host is missing")
        case .repeated: throw .badRequest("Host is given twice")
        case .one(let host):
            guard !host.isEmpty, host.allSatisfy(\.isHostByte) else { throw .badRequest("Host is malformed") }
        }
    }

    /// Bodies are not read here, so one that is announced would be taken for the next request or for frames.
    private static func checkNoBody(_ fields: HeaderFields) throws(HTTPRefusal) {
        guard fields.index(of: "Transfer-Encoding") == nil else { throw .badRequest("a request body is not accepted") }
        switch fields.lookup("Content-Length") {
        case .absent: return
        case .repeated: throw .badRequest("Content-Length is given twice")
        case .one(let length):
            guard !length.isEmpty, length.allSatisfy({ $0 == UInt8(ascii: "0") }) else {
                throw .badRequest("a request body is not accepted")
            }
        }
    }

    /// Half an upgrade is a broken one (a proxy stripped the other half, or it is `h2c`) and is told so.
    private static func asksForUpgrade(_ fields: HeaderFields) throws(HTTPRefusal) -> Bool {
        let wantsUpgrade = fields.list("Connection", contains: "upgrade")
        if wantsUpgrade, fields.list("Upgrade", contains: "websocket") { return true }
        let hasTrace =
            wantsUpgrade || fields.index(of: "Upgrade") != nil || fields.index(of: "Sec-WebSocket-Key") != nil
            || fields.index(of: "Sec-WebSocket-Version") != nil
        if hasTrace { throw .upgradeRequired }
        return false
    }

    private static func checkVersion(_ fields: HeaderFields) throws(HTTPRefusal) {
        switch fields.lookup("Sec-WebSocket-Version") {
        case .one(let version) where version.elementsEqual("13".utf8): return
        // Two lines mean the list of both (RFC 9110 §5.3), and a list is not 13.
        case .one, .absent, .repeated: throw .versionRequired
        }
    }

    private static func keyRange(_ fields: HeaderFields) throws(HTTPRefusal) -> Range<Int> {
        guard let index = fields.index(of: "Sec-WebSocket-Key") else {
            throw .badRequest("Sec-WebSocket-Key is missing")
        }
        guard fields.index(of: "Sec-WebSocket-Key", from: index + 1) == nil else {
            throw .badRequest("Sec-WebSocket-Key is given twice")
        }
        let range = fields.entries[index].value
        guard HandshakeKey.isValid(fields.bytes[range]) else {
            throw .badRequest("Sec-WebSocket-Key is not 16 bytes in base64")
        }
        return range
    }

    private static func offeredSubprotocols(_ fields: HeaderFields) throws(HTTPRefusal) -> [String] {
        var offered: [String] = []
        var next = 0
        while let found = fields.index(of: "Sec-WebSocket-Protocol", from: next) {
            var elements = ListElements(bytes: fields.bytes, range: fields.entries[found].value)
            while let element = elements.next() {
                guard fields.bytes[element].allSatisfy(\.isTokenByte) else {
                    throw .badRequest("a subprotocol is no token")
                }
                let name = fields.text(element)
                guard !offered.contains(name) else { throw .badRequest("a subprotocol is offered twice") }
                offered.append(name)
            }
            next = found + 1
        }
        return offered
    }
}

extension UInt8 {
    /// What may stand in `Host`: RFC 3986 `host [":" port]`, without user info, and without the comma by which two
    /// merged `Host` lines would show.
    fileprivate var isHostByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: isDigit
        }
    }
}
