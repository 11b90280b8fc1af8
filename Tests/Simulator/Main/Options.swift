import Glibc
import Rehoming
import RehomingSimulator

/// The command line.
struct Options {
    static let usage = """
        rehoming-simulator [--schedules N] [--mix NAME] [--seed S] [--mutant RULE | --all-mutants] [--trace]
          --schedules N   per mix (default 1000); of a mutant: at most so many per mix until it is caught
          --mix NAME      only this mix: \(Mix.all.map { $0.name }.joined(separator: ", "))
          --seed S        the first seed (default 1); the one schedule of it with --trace
          --mutant RULE   with this rule broken (debug builds)
          --all-mutants   each rule broken in turn: every one must be caught
          --trace         print every step of the schedule
        """

    var schedules: UInt64 = 1_000
    var mixes = Mix.all
    var seed: UInt64 = 1
    var mutants: [RehomingRule] = []
    var isTracing = false
    var problem: String?

    init(_ arguments: [String]) {
        var left = arguments[...]
        while let word = left.popFirst() {
            switch word {
            case "--all-mutants": mutants = RehomingRule.allCases
            case "--trace": isTracing = true
            case "--schedules", "--seed":
                guard let number = left.popFirst().flatMap({ UInt64($0) }) else {
                    problem = "\(word) wants a number"
                    return
                }
                if word == "--seed" { seed = number } else { schedules = number }
            case "--mix":
                let name = left.popFirst() ?? ""
                mixes = Mix.all.filter { $0.name == name }
                if mixes.isEmpty { problem = "no mix is called \(name)" }
            case "--mutant":
                guard let rule = left.popFirst().flatMap({ RehomingRule(rawValue: $0) }) else {
                    problem = "no such rule; there are \(RehomingRule.allCases.map { $0.rawValue })"
                    return
                }
                mutants = [rule]
            default: problem = "what is \(word)?"
            }
        }
    }

    /// Whether all was as it should be.
    func run() throws -> Bool {
        if isTracing { return try trace() }
        if !mutants.isEmpty { return try runMutants() }
        var isGood = true
        for mix in mixes {
            var sweep = Sweep()
            for number in 0..<schedules { try sweep.run(mix, seed: seed + number) }
            isGood = report(mix, sweep) && isGood
        }
        return isGood
    }

    private func report(_ mix: Mix, _ sweep: Sweep) -> Bool {
        let told = sweep.outcomes.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" }
        let missed = sweep.newcomers == 0 ? "" : "; \(sweep.newcomers) missed by sessions that had just begun"
        let late = sweep.late == 0 ? "" : "; \(sweep.late) told as failed, replayed and delivered"
        let lost = mix.countsLosses ? "; \(sweep.losses) reported losses in \(sweep.lossy) schedules" : ""
        say(
            "\(mix.name): \(sweep.schedules) schedules, \(sweep.failed) with violations, "
                + "\(sweep.steps / max(1, sweep.schedules)) steps each; \(told.joined(separator: ", "))\(lost)\(missed)\(late)"
        )
        var kinds: [String: (count: Int, seed: UInt64, detail: String)] = [:]
        for failure in sweep.failures {
            for violation in failure.violations {
                let known = kinds[violation.rule]
                kinds[violation.rule] = (
                    (known?.count ?? 0) + 1, known?.seed ?? failure.seed, known?.detail ?? violation.detail
                )
            }
        }
        for (rule, what) in kinds.sorted(by: { $0.value.count > $1.value.count }) {
            say("  \(rule) x\(what.count): --mix \(mix.name) --seed \(what.seed) --trace   \(what.detail)")
        }
        return sweep.failed == 0
    }

    /// Progress is to be seen while it is made.
    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private func trace() throws -> Bool {
        #if REHOMING_MUTANTS
            RehomingRule.broken = mutants.first
        #endif
        guard let mix = mixes.first else { return false }
        let schedule = try Schedule(mix, seed: seed, isTracing: true)
        for line in schedule.trace { print(line) }
        let violations = Checker(schedule.history, mix.promise).violations
        for violation in violations { print("VIOLATION \(violation)") }
        return violations.isEmpty
    }

    private func runMutants() throws -> Bool {
        #if REHOMING_MUTANTS
            var isGood = true
            for mutant in mutants {
                isGood = try hunt(mutant) && isGood
            }
            RehomingRule.broken = nil
            return isGood
        #else
            print("a release build has no mutants")
            return false
        #endif
    }

    /// All mixes in turn, one schedule each, until one shows the mutant that is clean without it.
    private func hunt(_ mutant: RehomingRule) throws -> Bool {
        var tried = 0
        for number in seed..<seed + schedules {
            for mix in mixes {
                tried += 1
                guard let first = try violation(mix, number, with: mutant) else { continue }
                guard try violation(mix, number, with: nil) == nil else {
                    say("  not by the mutant: --mix \(mix.name) --seed \(number)")
                    continue
                }
                say("\(mutant.rawValue): caught after \(tried) schedules, --mix \(mix.name) --seed \(number): \(first)")
                return true
            }
        }
        say("\(mutant.rawValue): NOT CAUGHT in \(tried) schedules")
        return false
    }

    private func violation(_ mix: Mix, _ seed: UInt64, with mutant: RehomingRule?) throws -> Violation? {
        #if REHOMING_MUTANTS
            RehomingRule.broken = mutant
        #endif
        var sweep = Sweep()
        try sweep.run(mix, seed: seed)
        return sweep.failures.first?.violations.first
    }
}
