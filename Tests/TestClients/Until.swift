/// Looks again and again until it is so, for what nobody announces; twenty seconds are more than any of it takes, on any machine.
///
/// - Throws: `ClientError` after twenty seconds, with what was awaited.
public func until(_ what: String, _ isSo: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { throw ClientError("not within twenty seconds: \(what)") }
        try await Task.sleep(for: .milliseconds(1))
    }
}
