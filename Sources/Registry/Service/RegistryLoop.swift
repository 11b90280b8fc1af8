import ClusterModel
import HashRing
import Logging
import Operations

/// Drives one service's ``ServiceMachine``: brings it the time, its requests and the store's answers, and does what it
/// decides. No decision is made here.
actor RegistryLoop {
    /// What a request can meet besides the machine's own refusals.
    enum Failure: Error {
        /// The store was not read yet, so it is not known who belongs to the ring (503).
        case notResumed(String)
        case refused(ServiceMachine.Refusal)
        /// The node did not answer the call back at the address it gave (502).
        case callBackFailed(ProbeVerdict)
        /// The store does not take what has to be kept before the answer (503).
        case store(ServiceStoreError)
    }

    let service: ServiceName
    let timing: RegistryTiming
    let counters = RegistryCounters()
    let store: any ServiceStore
    let caller: any NodeCaller
    let logger: Logger
    private let clock = SuspendingClock()
    private let start: SuspendingClock.Instant
    private let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    var machine: ServiceMachine
    /// What the processes that registered with this one will prove themselves by. In memory alone: who reads the store
    /// must not be able to answer for them.
    var proofKeys = ProofKeys()
    /// Why the service has not resumed yet; `nil` once it has.
    private(set) var waitingFor: String? = "the store was not read yet"
    private var armed: Task<Void, Never>?
    private var armedFor: Duration?

    init(
        _ service: ServiceName, timing: RegistryTiming, store: any ServiceStore, caller: any NodeCaller, logger: Logger
    ) {
        self.service = service
        self.timing = timing
        self.store = store
        self.caller = caller
        var logger = logger
        logger[metadataKey: "service"] = "\(service)"
        self.logger = logger
        machine = ServiceMachine(service, timing: timing)
        // Not ContinuousClock: that one also counts the time a machine sleeps, in which no node can be heard.
        start = clock.now
    }

    /// Time since the loop was made.
    var now: Duration { clock.now - start }

    /// Makes the loop look at the machine again, soon.
    func wake() {
        waker.yield()
    }

    // MARK: Running

    /// Resumes from the store, however long that takes, then keeps the ring until the task is cancelled.
    func run() async {
        guard await resume() else { return }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watchStore() }
            wake()
            for await _ in wakes {
                for action in step() {
                    group.addTask { await self.perform(action) }
                }
                arm(machine.nextDeadline(at: now))
            }
            group.cancelAll()
        }
        armed?.cancel()
    }

    private func resume() async -> Bool {
        var pause = Duration.milliseconds(100)
        while !Task.isCancelled {
            do throws(ServiceStoreError) {
                let stored = try await store.load()
                for damage in stored.damages {
                    logger.error("the store holds something unusable", metadata: ["what": "\(damage)"])
                }
                machine.resume(stored, at: now)
                waitingFor = nil
                logger.notice(
                    "resumed",
                    metadata: [
                        "nodes": "\(stored.nodes.count)", "epoch": "\(stored.epoch.map(\.description) ?? "none")",
                    ])
                return true
            } catch {
                if waitingFor != error.description {
                    logger.error("cannot resume yet, trying on", metadata: ["reason": "\(error)"])
                }
                waitingFor = error.description
            }
            // The store does not announce its return: asked again, ever more rarely. A cancelled task falls through to the end.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
        return false
    }

    private func step() -> [ServiceMachine.Action] {
        let now = now
        // A registry that stood still (a stopped process, a machine without time to spare) has heard nobody meanwhile,
        // while heartbeats wait in its sockets. That silence is its own.
        if let armedFor, now - armedFor > timing.lease / 4 {
            let lateness = now - armedFor
            logger.warning("woke late", metadata: ["by": "\(lateness)"])
            machine.paused(for: lateness, at: now)
        }
        return machine.advance(to: now, unixMilliseconds: WallClock.unixMilliseconds())
    }

    /// Wakes the loop at a time, or earlier if it was armed for earlier.
    private func arm(_ deadline: Duration) {
        armed?.cancel()
        armedFor = deadline
        let instant = start.advanced(by: deadline)
        armed = Task { [waker, clock] in
            do { try await clock.sleep(until: instant, tolerance: .milliseconds(1)) } catch { return }
            waker.yield()
        }
    }

    /// Reads now and then what the store holds, in case it forgot.
    private func watchStore() async {
        while !Task.isCancelled {
            // A store that lost its memory tells nobody. A cancelled task asks once more and ends.
            try? await Task.sleep(for: .seconds(1))
            let asked = machine.held?.version
            do throws(ServiceStoreError) {
                let version = try await store.version()
                if let foreign = machine.storeHolds(version, asked: asked, at: now) {
                    logger.critical(
                        "somebody else wrote this service's ring; only one registry may",
                        metadata: ["epoch": "\(foreign.epoch)"])
                }
                wake()
            } catch {
                // The store's own state is logged once per change by whoever holds its connection.
                logger.trace("the store could not be asked", metadata: ["reason": "\(error)"])
            }
        }
    }
}
