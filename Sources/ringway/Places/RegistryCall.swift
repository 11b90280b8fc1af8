import ArgumentParser
import ClusterModel
import Operations

/// The options of every verb that asks a registry about one service.
struct RegistryOptions: ParsableArguments {
    @OptionGroup var place: ServiceOption
    @OptionGroup var registry: RegistryOption
    @OptionGroup var token: TokenOption

    func validate() throws {
        do { _ = try ServiceName(place.service) } catch {
            throw ValidationError("--service '\(place.service)': \(error)")
        }
    }

    /// Calls `/v1/services/<service>/<path>` and returns the body.
    func call(_ method: String, _ path: String, body: [UInt8] = []) async throws(Failure) -> [UInt8] {
        try await ServerCall.send(
            method, "/v1/services/\(place.service)/\(path)", to: try registry.addresses(), role: "registry", body: body,
            token: try accessToken())
    }

    /// What shows the registry who calls; `nil` if there is nothing to show.
    func accessToken() throws(Failure) -> AccessToken? {
        try token.token(for: place.service, ofDev: registry.isFound)
    }

    /// The ring as the registry has it, with every check a gateway makes.
    func ring() async throws(Failure) -> RingSnapshot {
        let bytes = try await call("GET", "ring")
        do {
            return try RingSnapshot(bytes: bytes, for: try ServiceName(place.service))
        } catch {
            throw Failure("the registry's ring of \(place.service) is not one a gateway would take: \(error)")
        }
    }
}
