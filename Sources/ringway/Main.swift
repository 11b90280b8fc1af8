import ArgumentParser
import Foundation

/// The people's program. Each verb is one file in `Verbs`.
struct Ringway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ringway",
        abstract: "Run, watch and try a Ringway cluster.",
        discussion: """
            Start with `ringway dev`: a whole cluster in this terminal. In another one, `ringway chat alice` and \
            `ringway ring` find it by themselves.
            """,
        version: CommandVersion.text,
        subcommands: [
            DevVerb.self, ChatVerb.self, WhereVerb.self, RingVerb.self, NodesVerb.self, PlanVerb.self,
            SettingsVerb.self, EventsVerb.self, DrainVerb.self, DemoVerb.self, BenchVerb.self, CasesVerb.self,
            ChildVerb.self,
        ])
}

/// The entry is synchronous, since `ringway dev` needs the main thread for itself (see `ChildProcess.start`).
@main
enum Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try Ringway.parseAsRoot()
            if let verb = command as? any AsyncParsableCommand {
                runAsync(verb)
            } else {
                try command.run()
            }
        } catch {
            Ringway.exit(withError: error)
        }
    }

    /// Runs an asynchronous verb on the concurrency pool; the main thread serves it and ends with it.
    private static func runAsync(_ verb: any AsyncParsableCommand) -> Never {
        // Handed over whole: the task is the only one that touches it, as this thread does nothing more but serve the queue.
        nonisolated(unsafe) var verb = verb
        Task {
            do {
                try await verb.run()
                Ringway.exit()
            } catch {
                Ringway.exit(withError: error)
            }
        }
        dispatchMain()
    }
}
