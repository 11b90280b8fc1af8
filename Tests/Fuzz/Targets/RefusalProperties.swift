import WebSocketWire

/// Whatever is refused: an answer that a strict reader takes, one JSON line long, that ends the connection.
enum RefusalProperties {
    static func check(_ refusal: HTTPRefusal) throws(Finding) {
        let bytes = refusal.bytes
        let reading = bytes.withUnsafeBytes { HTTPResponseHead.parse($0) }
        guard case .head(let head, let consumed) = reading else {
            throw Finding(description: "a refusal can't be read: \(reading)")
        }
        try demand(head.status == refusal.status && (400...599).contains(head.status), "a refusal with another status")
        try demand(head.fields.list("Connection", contains: "close"), "a refusal that keeps the connection")
        let body = bytes[consumed...]
        try demand(head.fields.first("Content-Length") == String(body.count), "a refusal of another length")
        try demand(body.last == 10 && body.count { $0 == 10 } == 1, "a refusal of more than one line")
        let json = try withExactCopy(of: body) { (copy) throws(Finding) in
            try JSONTree.read(UnsafeRawBufferPointer(copy))
        }
        if case .failure(let error) = json { throw Finding(description: "a refusal's body is \(error)") }
    }
}
