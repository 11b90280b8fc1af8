import ClusterModel
import HashRing
import Operations

/// The registry's HTTP API: reads what comes, asks the service's loop, and says what came of it.
struct RegistryRoutes: Sendable {
    let directory: ServiceDirectory
    let timing: RegistryTiming
    let networks: AllowedNetworks

    /// All routes. Who may write is the server's business (`AdminAccess`).
    var all: [AdminRoute] {
        let service = "/v1/services/{service}"
        return [
            AdminRoute("GET", "/v1/services") { _ in await services() },
            route("POST", service + "/nodes", isRegistration: true) { try await register($0, $1) },
            route("GET", service + "/nodes") { loop, _ in .json(200, try await loop.picture().nodesJSON()) },
            route("PUT", service + "/nodes/{id}/heartbeat") { try await heartbeat($0, $1) },
            route("POST", service + "/nodes/{id}/suspicions") { try await suspect($0, $1) },
            route("POST", service + "/nodes/{id}/drain") { try await drain($0, $1) },
            route("DELETE", service + "/nodes/{id}") { try await leave($0, $1) },
            route("GET", service + "/ring") { loop, _ in try await ring(loop) },
            route("GET", service + "/events") { try await events($0, $1) },
            route("GET", service + "/plan") { try await plan($0, $1) },
            route("GET", service + "/settings") { loop, _ in .json(200, try await loop.picture().settings.json) },
            route("PUT", service + "/settings") { loop, request in
                .json(200, try await loop.change(settings: request.body).json)
            },
            route("POST", service + "/confirm-loss") { loop, _ in
                try await loop.confirmLoss()
                return .json(202, Array("{}".utf8))
            },
        ]
    }

    /// A route of one service. An unknown one is 404 as a place to read from, but 400 in a registration: there it is the
    /// node's own mistake, like any other wrong member.
    private func route(
        _ method: String, _ pattern: String, isRegistration: Bool = false,
        _ body: @escaping @Sendable (RegistryLoop, AdminRequest) async throws -> AdminAnswer
    ) -> AdminRoute {
        AdminRoute(method, pattern) { request in
            let name = request.parameter("service")
            guard let service = try? ServiceName(name), let loop = await directory.loop(service) else {
                guard await directory.hasReadList else {
                    return AdminAnswer.unavailable("the store was not read yet")
                }
                return .error(isRegistration ? 400 : 404, "unknown_service", "service '\(name)' is not known here")
            }
            do {
                return try await body(loop, request)
            } catch {
                return AdminAnswer.refusal(error)
            }
        }
    }

    // MARK: Nodes

    private func register(_ loop: RegistryLoop, _ request: AdminRequest) async throws -> AdminAnswer {
        let registration = try NodeRegistration(json: request.body)
        guard registration.record.kind == .ringway else {
            throw FieldError.invalid("kind", expected: "\"ringway\"; \"foreign\" servers are not yet supported")
        }
        if let complaint = networks.complaint(about: registration.record) { throw complaint }
        let epoch = try await loop.register(registration)
        var writer = JSONWriter()
        writer.beginObject()
        writer.integer("lease_ms", timing.lease.milliseconds)
        writer.integer("heartbeat_ms", timing.heartbeat.milliseconds)
        writer.integer("epoch", epoch?.value ?? 0)
        writer.endObject()
        return .json(201, writer.bytes)
    }

    private func heartbeat(_ loop: RegistryLoop, _ request: AdminRequest) async throws -> AdminAnswer {
        let epoch = try await loop.heartbeat(request.nodeID(), try Heartbeat(json: request.body))
        var writer = JSONWriter()
        writer.beginObject()
        writer.integer("epoch", epoch?.value ?? 0)
        writer.endObject()
        return .json(200, writer.bytes)
    }

    private func suspect(_ loop: RegistryLoop, _ request: AdminRequest) async throws -> AdminAnswer {
        try await loop.suspect(request.nodeID(), try Suspicion(json: request.body))
        return .json(202, Array("{}".utf8))
    }

    private func drain(_ loop: RegistryLoop, _ request: AdminRequest) async throws -> AdminAnswer {
        try await loop.drain(request.nodeID())
        return .json(202, Array("{}".utf8))
    }

    private func leave(_ loop: RegistryLoop, _ request: AdminRequest) async throws -> AdminAnswer {
        var incarnation: Incarnation?
        if let text = request.queryValue("incarnation") {
            guard let number = UInt64(text), let known = Incarnation(number) else {
                throw FieldError.invalid("incarnation", expected: "an integer in 0...\(Epoch.maxValue)")
            }
            incarnation = known
        }
        try await loop.leave(request.nodeID(), incarnation)
        return .json(202, Array("{}".utf8))
    }

    // MARK: Reading

    private func services() async -> AdminAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.beginArray("services")
        for loop in await directory.all {
            do {
                try await loop.picture().write(to: &writer)
            } catch {
                // A list without this service would be wrong, and so would one with numbers nobody knows.
                return AdminAnswer.refusal(error)
            }
        }
        writer.endArray()
        writer.endObject()
        return .json(200, writer.bytes)
    }

    /// The stored document byte for byte: its digest is that of these bytes, so not even a line feed may be added.
    private func ring(_ loop: RegistryLoop) async throws -> AdminAnswer {
        guard let ring = try await loop.ring() else {
            return .error(404, "no_ring", "no node of this service has ever registered")
        }
        return AdminAnswer(status: 200, mediaType: "application/json", body: ring.bytes)
    }

    private func events(_ loop: RegistryLoop, _ request: AdminRequest) async throws -> AdminAnswer {
        let count = request.queryValue("count").map { Int($0) } ?? 100
        guard let count, (1...1000).contains(count) else {
            throw FieldError.invalid("count", expected: "an integer in 1...1000")
        }
        let events = try await loop.events(count: count)
        var writer = JSONWriter()
        writer.beginObject()
        writer.beginArray("events")
        for event in events {
            writer.beginObject()
            writer.integer("epoch", event.epoch)
            writer.integer("at", event.milliseconds)
            writer.string("cause", event.cause)
            writer.string("by", event.by)
            writer.string("digest", event.digest)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return .json(200, writer.bytes)
    }

    private func plan(_ loop: RegistryLoop, _ request: AdminRequest) async throws -> AdminAnswer {
        let picture = try await loop.picture()
        let preview = try PlanPreview(
            try PlanPreview.Change(request), nodes: picture.ring?.nodes ?? [], vnodes: picture.settings.vnodes)
        return .json(200, preview.json(service: picture.service, epoch: picture.ring?.epoch))
    }
}

extension AdminRequest {
    /// The node a path names.
    fileprivate func nodeID() throws(FieldError) -> NodeID {
        do throws(NodeIDError) {
            return try NodeID(parameter("id"))
        } catch {
            throw .invalid("id", expected: "[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
        }
    }
}

extension PlanPreview.Change {
    /// Reads `?add=ID&weight=100` or `?remove=ID`.
    init(_ request: AdminRequest) throws(FieldError) {
        func id(_ name: String, _ text: String) throws(FieldError) -> NodeID {
            do throws(NodeIDError) { return try NodeID(text) } catch {
                throw .invalid(name, expected: "a node's id")
            }
        }
        switch (request.queryValue("add"), request.queryValue("remove")) {
        case (let text?, nil):
            let weight = request.queryValue("weight").map { Int($0) } ?? RingMember.defaultWeight
            guard let weight, RingMember.weights.contains(weight) else {
                throw .invalid("weight", expected: "an integer in 0...10000")
            }
            self = .add(try id("add", text), weight: weight)
        case (nil, let text?): self = .remove(try id("remove", text))
        case (nil, nil), (_?, _?): throw .invalid("add", expected: "given, or else 'remove', and not both")
        }
    }
}
