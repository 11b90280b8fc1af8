import Foundation
import Reactor

/// Leads the loops of a load through connecting, warm-up, measuring and the end.
enum LoadRun {
    /// How long connecting may take, and what is under way at the end.
    private static let connectBound = Duration.seconds(60)
    private static let arrivalBound = Duration.seconds(2)

    /// Runs the load and gives its report.
    static func run(_ plan: LoadPlan, pids: [Int32]) async throws -> LoadReport {
        let group = LoopGroup(count: plan.loops, name: "load")
        defer { group.stop() }
        let loads = try await start(plan, group)
        try await connect(plan, loads)
        for load in loads { load.loop.post { load.value(on: $0).begin() } }
        // Time itself is what is waited for, here and below.
        try await Task.sleep(for: plan.warmup)
        for load in loads { load.loop.post { load.value(on: $0).mark() } }
        let begun = ContinuousClock.now
        let before = try pids.map { pid throws(Failure) in try ProcessTime.nanoseconds(of: pid) }
        try await Task.sleep(for: plan.duration)
        let took = ContinuousClock.now - begun
        let after = try pids.map { pid throws(Failure) in try ProcessTime.nanoseconds(of: pid) }
        var tally = LoadTally()
        for load in loads { tally.latency.add(try await load.loop.run { load.value(on: $0).end() }.latency) }
        try await settle(loads)
        for load in loads {
            let rest = try await load.loop.run { load.value(on: $0).finish() }
            tally.lost += rest.lost
            tally.errors.merge(rest.errors, uniquingKeysWith: +)
        }
        let cpu = zip(pids, zip(before, after)).map { (pid: $0, nanoseconds: $1.1 - $1.0) }
        return LoadReport(plan: plan, tally: tally, took: took, cpu: cpu)
    }

    private static func start(_ plan: LoadPlan, _ group: LoopGroup) async throws -> [LoopBound<Load>] {
        var loads: [LoopBound<Load>] = []
        // Whole pairs to a loop.
        let unit = plan.kind == .pairs ? 2 : 1
        let units = plan.connections / unit
        for (index, loop) in group.loops.enumerated() {
            let numbers = units * index / plan.loops * unit..<units * (index + 1) / plan.loops * unit
            loads.append(
                try await loop.run { loop in
                    let load = Load(plan, numbers: numbers, on: loop)
                    load.connect()
                    return LoopBound(load, to: loop)
                })
        }
        return loads
    }

    private static func connect(_ plan: LoadPlan, _ loads: [LoopBound<Load>]) async throws {
        let end = ContinuousClock.now + connectBound
        while true {
            let progress = try await progress(loads)
            if progress.ready + progress.failed >= plan.connections {
                guard progress.ready > 0 else {
                    let tally = try await loads[0].loop.run { loads[0].value(on: $0).tally }
                    throw Failure("none of \(plan.connections) connections opened: \(LoadReport.words(tally.errors))")
                }
                return
            }
            guard ContinuousClock.now < end else {
                throw Failure("\(progress.ready) of \(plan.connections) connections opened within \(connectBound)")
            }
            // Loops count and tell nobody. Asking them costs what is measured nothing: that begins later.
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits for what is under way; what does not come in time is lost.
    private static func settle(_ loads: [LoopBound<Load>]) async throws {
        let end = ContinuousClock.now + arrivalBound
        while ContinuousClock.now < end, try await progress(loads).underWay > 0 {
            // As above; by now the measuring is over.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private static func progress(_ loads: [LoopBound<Load>]) async throws -> LoadProgress {
        var sum = LoadProgress()
        for load in loads {
            let part = try await load.loop.run { load.value(on: $0).progress }
            sum.ready += part.ready
            sum.failed += part.failed
            sum.underWay += part.underWay
        }
        return sum
    }
}
