import Logging
import NIOConcurrencyHelpers

/// What a program reads again on SIGHUP: certificates, keys, lists. Found at ``Launch/reloads``.
///
/// ```swift
/// launch.reloads.add("token key") {
///     let key = try TokenKey(readingFile: path)     // a throw leaves everything as it was, and is logged as an error
///     tokens.use(key)
///     return "\(key.count) keys"                    // what is in force now, for the log line
/// }
/// ```
public final class Reloads: Sendable {
    /// How one thing's reload ended.
    public struct Outcome: Sendable, Equatable {
        /// What was to be reloaded.
        public let what: String
        /// What is in force now; nil if it could not be read and the old one stays.
        public let now: String?

        /// An outcome.
        public init(what: String, now: String?) {
            self.what = what
            self.now = now
        }
    }

    private struct Entry: Sendable {
        let what: String
        let reload: @Sendable () async throws -> String
    }

    private let entries = NIOLockedValueBox<[Entry]>([])
    private let logger: Logger

    /// Nothing to reload yet.
    public init(logger: Logger) { self.logger = logger }

    /// Registers one thing.
    ///
    /// - Parameters:
    ///   - what: its name in log lines.
    ///   - reload: reads it again and puts it in force, or throws and changes nothing. Reloads run one after the other, in the
    ///     order of registration. It returns a few words about what is in force now.
    public func add(_ what: String, _ reload: @escaping @Sendable () async throws -> String) {
        entries.withLockedValue { $0.append(Entry(what: what, reload: reload)) }
    }

    /// Reloads everything; one that fails does not keep the others from theirs. Each outcome is a log line.
    @discardableResult
    public func reloadAll() async -> [Outcome] {
        let entries = entries.withLockedValue { $0 }
        if entries.isEmpty { logger.notice("nothing to reload") }
        var outcomes: [Outcome] = []
        for entry in entries {
            do {
                let now = try await entry.reload()
                logger.notice("reloaded", metadata: ["what": "\(entry.what)", "now": "\(now)"])
                outcomes.append(Outcome(what: entry.what, now: now))
            } catch {
                logger.error(
                    "not reloaded: the old one stays in force",
                    metadata: ["what": "\(entry.what)", "problem": "\(error)"])
                outcomes.append(Outcome(what: entry.what, now: nil))
            }
        }
        return outcomes
    }
}
