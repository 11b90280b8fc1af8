import ClusterModel

@testable import SessionNode

/// Frames of clients: what is taken has its parts inside the frame, each of them JSON on its own, so that they can be
/// put into other frames as they are; what is not taken is named by an id that can be sent back.
///
/// The input is the frame, at most what one message may have.
enum RequestProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        try withExactCopy(of: bytes) { (copy) throws(Finding) in
            let frame = UnsafeRawBufferPointer(copy)
            let request: ClientRequest
            do throws(ClientRequest.Mistake) {
                request = try ClientRequest.read(frame)
            } catch {
                try demand(!error.reason.isEmpty, "a mistake without a reason")
                if let id = error.id { try checkID(id) }
                return
            }
            try check(request, frame)
        }
    }

    private static func check(_ request: ClientRequest, _ frame: UnsafeRawBufferPointer) throws(Finding) {
        guard case .object(let members) = try tree(frame) else {
            throw Finding(description: "a frame that is no object was taken")
        }
        for name in ["type", "id", "to", "data", "class"] {
            try demand(members.count { $0.name.elementsEqual(name.utf8) } <= 1, "'\(name)' stands there twice")
        }
        for view in [request.id, request.payload] where view.count > 0 {
            try demand(isInside(view, frame), "a view lies outside its frame")
        }
        if request.kind != .ack { try checkID(Array(request.id)) }
        let to = request.to.withBytes { Array($0) }
        switch request.kind {
        case .send:
            guard case .string(to)? = members.first(where: { $0.name.elementsEqual("to".utf8) })?.value else {
                throw Finding(description: "the recipient is not what 'to' says")
            }
            try checkPayload(request.payload)
        case .publish: try checkPayload(request.payload)
        case .join, .leave, .presence, .ack: try demand(request.payload.isEmpty && to.isEmpty, "more than was asked")
        }
    }

    private static func isInside(_ view: UnsafeRawBufferPointer, _ frame: UnsafeRawBufferPointer) -> Bool {
        guard let start = view.baseAddress, let outer = frame.baseAddress else { return false }
        return start >= outer && start + view.count <= outer + frame.count
    }

    private static func checkID(_ id: [UInt8]) throws(Finding) {
        let value = try withExactCopy(of: id) { (view) throws(Finding) in try tree(UnsafeRawBufferPointer(view)) }
        guard case .string(let text) = value else { throw Finding(description: "an id is no string") }
        let length = String(decoding: text, as: UTF8.self).unicodeScalars.count
        try demand((1...64).contains(length), "an id of \(length) characters")
    }

    /// What is carried must be one JSON value, or it could end the frame that it is put into.
    private static func checkPayload(_ payload: UnsafeRawBufferPointer) throws(Finding) {
        _ = try tree(payload)
        let frame = Array(#"{"type":"message","from":"a","data":"#.utf8) + Array(payload) + Array("}".utf8)
        let whole = try withExactCopy(of: frame) { (view) throws(Finding) in try tree(UnsafeRawBufferPointer(view)) }
        guard case .object(let members) = whole, members.count == 3 else {
            throw Finding(description: "a payload changes the frame it is put into")
        }
    }

    private static func tree(_ bytes: UnsafeRawBufferPointer) throws(Finding) -> JSONTree {
        switch try JSONTree.read(bytes) {
        case .success(let tree): return tree
        case .failure(let error): throw Finding(description: "a part that is taken as JSON is not: \(error)")
        }
    }
}
