import ClusterModel
import HashRing
import Logging

/// Doing what the machine decided.
extension RegistryLoop {
    func perform(_ action: ServiceMachine.Action) async {
        switch action {
        case .report(let change): report(change)
        case .commit(let commit): await write(commit)
        case .probe(let records):
            await withDiscardingTaskGroup { group in
                for record in records { group.addTask { await self.probe(record) } }
            }
        case .check(let records):
            await withDiscardingTaskGroup { group in
                for record in records { group.addTask { await self.check(record) } }
            }
        }
    }

    /// Performs actions that a request brought about, without making the request wait for them.
    func start(_ actions: [ServiceMachine.Action]) {
        for action in actions {
            if case .report(let change) = action { report(change) } else { Task { await perform(action) } }
        }
        wake()
    }

    private func write(_ commit: PlannedRing) async {
        do throws(ServiceStoreError) {
            let whole = machine.completed(commit, storeHolds: try await store.version())
            try await store.commit(whole)
            machine.committed(whole)
            counters.commits.add()
            logger.notice(
                "ring committed",
                metadata: [
                    "epoch": "\(commit.snapshot.epoch)", "digest": "\(Hex16.string(commit.snapshot.digest))",
                    "cause": "\(commit.cause)", "bytes": "\(commit.snapshot.bytes.count)",
                ])
        } catch {
            machine.failed(commit, error, at: now)
            counters.commitFailures.add()
            // Once per change, not once per attempt: the change stays pending and readyz says so.
            let level: Logger.Level = machine.failures == 1 ? .error : .debug
            logger.log(
                level: level, "the ring could not be committed, trying on",
                metadata: ["reason": "\(error)", "cause": "\(commit.cause)"])
        }
        wake()
    }

    private func probe(_ record: NodeRecord) async {
        let verdict = await call(record, key: proofKeys[record])
        logger.warning("called a silent node", metadata: ["node": "\(record.id)", "found": "\(verdict.summary)"])
        if verdict.provesGone(record) { start(machine.foundGone(record, at: now)) }
    }

    private func check(_ record: NodeRecord) async {
        let verdict = await call(record, key: proofKeys[record])
        let finding = verdict.finding(about: record)
        counters.suspicionCalls.count(finding)
        logger.log(
            level: finding == .gone ? .warning : .info, "called a suspected node",
            metadata: ["node": "\(record.id)", "found": "\(verdict.summary)"])
        start(machine.checked(record, verdict, at: now))
    }

    private func report(_ change: Membership.Change) {
        var metadata: Logger.Metadata = [:]
        let level: Logger.Level
        switch change {
        case .down(let id, let cause):
            counters.evictions.add()
            level = .warning
            metadata = ["node": "\(id)", "cause": "\(cause.rawValue)"]
        case .frozen(let silent):
            level = .critical
            metadata = ["silent": "\(silent.map(\.text).joined(separator: " "))"]
        case .thawed: level = .notice
        case .forgotten, .restored: level = .debug
        case .up, .restarted, .updated, .draining, .left: level = .info
        }
        logger.log(level: level, "\(change.cause)", metadata: metadata)
    }
}
