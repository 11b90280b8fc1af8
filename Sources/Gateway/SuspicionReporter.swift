import ClusterModel
import Logging
import Operations
import Reactor
import ServiceLifecycle

/// Tells the registry which nodes this gateway suspects to be gone, so that it looks before the lease ends. Never on an
/// event loop; what the registry does about it is its business.
///
/// One report goes to the registry that answered last, and to the next ones while none does. It is not repeated: what is
/// still true a second later is suspected again by the next client, and the lease ends in any case.
final class SuspicionReporter: Service, CustomStringConvertible {
    /// Sends a body to a path of the registry of this number for a service; gives the answer's status.
    typealias Call = @Sendable (Int, ServiceName, _ path: String, _ body: [UInt8]) async throws -> Int

    let mailbox: SuspicionMailbox
    let sent = MetricCounter()
    let failed = MetricCounter()
    let description = "suspicions"
    private let gateway: String
    private let registries: Int
    private let logger: Logger
    private let call: Call
    private let current = Locked(0)
    private let lastSaid = Locked<ContinuousClock.Instant?>(nil)

    /// How long one registry has to answer; below the lease, or the report would be no news.
    static let deadline = Duration.seconds(1)

    /// - Parameters:
    ///   - gateway: this gateway's id.
    ///   - registries: how many there are; with none, nothing is reported.
    init(_ mailbox: SuspicionMailbox, gateway: String, registries: Int, logger: Logger, call: @escaping Call) {
        self.mailbox = mailbox
        self.gateway = gateway
        self.registries = registries
        self.logger = logger
        self.call = call
    }

    /// Sends what comes until the program stops.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await _ in self.mailbox.wakes {
                    for report in self.mailbox.take() {
                        group.addTask {
                            await self.send(report)
                            self.mailbox.done()
                        }
                    }
                }
                group.cancelAll()
            }
        }
    }

    private func send(_ report: SuspicionMailbox.Report) async {
        let body: [UInt8]
        do throws(FieldError) {
            body = try Suspicion(incarnation: report.incarnation, by: gateway, reason: report.reason).json
        } catch {
            return fail("\(error)", report)
        }
        let path = "/v1/services/\(report.service)/nodes/\(report.node)/suspicions"
        let first = current.withLock { $0 }
        var problem = "there is no registry"
        for offset in 0..<registries where !Task.isCancelled {
            let registry = (first + offset) % registries
            do {
                let status = try await call(registry, report.service, path, body)
                // One that does not know the node has nothing to look after.
                if (200..<300).contains(status) || status == 404 {
                    current.withLock { $0 = registry }
                    sent.add()
                    return
                }
                problem = "the registry answered \(status)"
                if (400..<500).contains(status) { break }
            } catch {
                problem = "\(error)"
            }
        }
        fail(problem, report)
    }

    private func fail(_ problem: String, _ report: SuspicionMailbox.Report) {
        failed.add()
        let now = ContinuousClock.now
        let isDue = lastSaid.withLock { last in
            if let said = last, now - said < .seconds(1) { return false }
            last = now
            return true
        }
        guard isDue else { return }
        logger.warning(
            "a suspicion did not reach the registry; the node's lease decides",
            metadata: ["node": "\(report.node)", "service": "\(report.service)", "problem": "\(problem)"])
    }

    /// What was sent and what was not, for `/metrics`.
    var metrics: [MetricFamily] {
        let samples: [MetricFamily.Sample] = [
            ("reported", sent), ("failed", failed), ("dropped", mailbox.dropped),
        ].map { word, counter in .init(Double(counter.value), [.init("result", word)]) }
        return [
            MetricFamily(
                "ringway_suspicions_sent_total", .counter,
                help: "Nodes whose link ended, told to the registry or not.", samples)
        ]
    }
}

extension SuspicionReporter {
    /// A reporter that calls these registries over HTTP, with their token for the service.
    convenience init(
        _ mailbox: SuspicionMailbox, gateway: String, registries: [HTTPURL], tokens: ReloadableFile<[AccessToken]>?,
        logger: Logger
    ) {
        self.init(mailbox, gateway: gateway, registries: registries.count, logger: logger) {
            registry, service, path, body in
            let token = tokens?.current.first(for: service.text)
            return try await HTTPCall.send(
                "POST", registries[registry].with(path: path), body: body, headers: token.map { [$0.header] } ?? [],
                deadline: Self.deadline
            ).status
        }
    }
}
