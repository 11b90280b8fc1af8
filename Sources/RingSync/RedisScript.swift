import RedisLink

/// A Lua script with the name Redis knows it by.
///
/// The name is a constant and not asked from Redis: EVALSHA then needs no round trip before, and works on any server that has
/// seen the script. A test compares it with the text.
struct RedisScript: Sendable {
    /// SHA-1 of the text, 40 hex digits.
    let sha1: String
    let text: String

    /// Runs the script by name; if this server has not seen it (restarted, flushed, another one now), by text.
    ///
    /// NOSCRIPT means that nothing ran, so the second attempt is never the second run.
    func run(
        _ redis: RedisClient, keys: [String], arguments: [RedisArgument], deadline: Duration = .seconds(2)
    ) async throws(RedisError) -> RESPValue {
        let rest = [RedisArgument(keys.count)] + keys.map { RedisArgument($0) } + arguments
        do {
            return try await redis.command(["EVALSHA", RedisArgument(sha1)] + rest, deadline: deadline)
        } catch {
            guard error.code == "NOSCRIPT" else { throw error }
            return try await redis.command(["EVAL", RedisArgument(text)] + rest, deadline: deadline)
        }
    }
}
