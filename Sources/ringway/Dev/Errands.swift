import Foundation
import Reactor

/// HTTP calls of a `ringway dev`, made aside while its main thread goes on reading log lines; a byte in a pipe says "done".
final class Errands: Sendable {
    private typealias Outcome = (errand: DevLifecycle.Errand, problem: String?)

    /// Becomes readable when an errand is done.
    let descriptor: Int32
    private let wakeDescriptor: Int32
    private let done = Locked<[Outcome]>([])

    init() throws(Failure) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure("pipe: \(String(cString: strerror(errno)))") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        wakeDescriptor = ends[1]
    }

    /// Begins an errand.
    func run(_ errand: DevLifecycle.Errand, _ body: @escaping @Sendable () async throws -> Void) {
        Task {
            var problem: String?
            do { try await body() } catch { problem = "\(error)" }
            let outcome = (errand, problem)
            done.withLock { $0.append(outcome) }
            var byte: UInt8 = 1
            _ = write(wakeDescriptor, &byte, 1)
        }
    }

    /// The errands that are done since the last call.
    func take() -> [DevLifecycle.Event] {
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = read(descriptor, &bytes, bytes.count)
        let outcomes = done.withLock { outcomes in
            defer { outcomes = [] }
            return outcomes
        }
        return outcomes.map { .errandDone($0.errand, problem: $0.problem) }
    }
}
