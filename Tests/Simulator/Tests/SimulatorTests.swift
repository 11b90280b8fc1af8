import RehomingSimulator
import Testing

/// The machines of re-homing under schedules that chance chose: `scripts/simulate` runs many more.
@Suite struct SimulatorTests {
    @Test(arguments: Mix.all.map { $0.name })
    func everyMixKeepsThePromise(_ name: String) throws {
        let mix = try #require(Mix.all.first { $0.name == name })
        var sweep = Sweep()
        for seed in 1...UInt64(2_000 / Mix.all.count + 1) { try sweep.run(mix, seed: seed) }
        #expect(sweep.outcomes[.delivered, default: 0] > 1_000, "hardly anything was delivered: \(sweep.outcomes)")
        for failure in sweep.failures.prefix(3) {
            Issue.record(
                "rehoming-simulator --mix \(name) --seed \(failure.seed) --trace: \(failure.violations.prefix(3))")
        }
    }

    @Test func aSeedIsASchedule() throws {
        for mix in Mix.all {
            let first = try Schedule(mix, seed: 7).history
            #expect(try Schedule(mix, seed: 7).history == first)
            #expect(try Schedule(mix, seed: 8).history != first)
        }
    }
}
