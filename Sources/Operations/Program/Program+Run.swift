import Foundation
import Logging
import NIOCore
import ServiceLifecycle

/// How a program ends, as `sysexits.h` numbers it.
public enum ExitCode {
    /// It did what it was asked to.
    public static let success: Int32 = 0
    /// It could not go on; the last log line says why.
    public static let failure: Int32 = 1
    /// Its settings were refused (`EX_CONFIG`); standard error lists every problem.
    public static let configuration: Int32 = 78
}

extension Program {
    /// Runs the program until SIGTERM or SIGINT: settings, logs, then the services that `body` makes of them.
    ///
    /// The services start in the order given and stop in the reverse order, so each comes after what it needs. A service
    /// that ends or throws takes the others down with it. SIGHUP reloads (``Launch/reloads``), SIGPIPE is ignored, and NIO
    /// keeps to one event loop thread: only the admin port and small HTTP calls run on it.
    /// - Parameters:
    ///   - grace: how long the services may take to shut down before they are cancelled; ask for more than the longest drain.
    ///   - body: makes the services; throws ``SettingsRefused`` for settings that only now prove impossible.
    public func run(
        grace: @escaping @Sendable (Settings) -> Duration = { _ in .seconds(30) },
        _ body: @Sendable (Launch) async throws -> [any Service]
    ) async -> Never {
        signal(SIGPIPE, SIG_IGN)
        let hangups = HangupSignal.events()
        NIOSingletons.groupLoopCountSuggestion = 1
        NIOSingletons.blockingPoolThreadCountSuggestion = 1
        let settings = loadOrExit()
        let launch = Launch(program: self, settings: settings)
        let code = await serve(launch, grace: grace(settings), hangups, body)
        launch.logs.flush(within: .seconds(1))
        exit(code)
    }

    private func loadOrExit() -> Settings {
        let outcome = SettingsLoader.load(
            self, arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment
        ) { path in try Self.text(ofFile: path) }
        switch outcome {
        case .run(let settings): return settings
        case .answer(let text):
            print(text, terminator: "")
            exit(ExitCode.success)
        case .refused(let problems): refuse(problems)
        }
    }

    private func refuse(_ problems: [SettingProblem]) -> Never {
        let count = problems.count == 1 ? "a problem" : "\(problems.count) problems"
        let lines = problems.map { "  \($0)\n" }.joined()
        FileHandle.standardError.write(Data("\(name): not started, \(count) with its settings:\n\(lines)".utf8))
        exit(ExitCode.configuration)
    }

    private func serve(
        _ launch: Launch, grace: Duration, _ hangups: AsyncStream<Void>,
        _ body: @Sendable (Launch) async throws -> [any Service]
    ) async -> Int32 {
        do {
            let services = try await body(launch) + [ReloadService(events: hangups, reloads: launch.reloads)]
            var configuration = ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: launch.lifecycleLogger)
            configuration.maximumGracefulShutdownDuration = grace
            try await ServiceGroup(configuration: configuration).run()
            launch.logger.notice("stopped")
            return ExitCode.success
        } catch let refused as SettingsRefused {
            launch.logs.flush(within: .seconds(1))
            refuse(refused.problems)
        } catch {
            launch.logger.critical("stopped by an error", metadata: ["error": "\(error)"])
            return ExitCode.failure
        }
    }

    /// The text of a settings file; 1 MiB at most, since a path can name a device that never ends.
    private static func text(ofFile path: String) throws -> String {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        let limit = 1 << 20
        let bytes = try handle.read(upToCount: limit + 1) ?? Data()
        guard bytes.count <= limit else { throw UnreadableFile(description: "it is larger than 1 MiB") }
        guard let text = String(data: bytes, encoding: .utf8) else {
            throw UnreadableFile(description: "it is not UTF-8")
        }
        return text
    }
}

private struct UnreadableFile: Error, CustomStringConvertible {
    let description: String
}
