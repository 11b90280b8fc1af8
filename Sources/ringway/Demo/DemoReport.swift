import Foundation

/// What a whole history says: a table and a verdict for each plan, and the picture.
struct DemoReport {
    struct Section {
        let title: DemoTitle
        let parts: [DemoPart]
        let verdict: DemoVerdict
    }

    private(set) var sections: [Section] = []
    private var plot = DemoPlot()

    /// Reads a history. The tables and the verdict come from separate readings of the same lines.
    init(reading path: String) throws(Failure) {
        var statistics = DemoStatistics()
        var checker = DemoChecker()
        var plot = DemoPlot()
        var sections: [Section] = []
        var hasBegun = false
        func close() {
            if hasBegun {
                sections.append(
                    Section(title: statistics.title, parts: statistics.result(), verdict: checker.verdict()))
            }
        }
        try HistoryReading.read(path) { event in
            guard let event else { return checker.takeUnreadable() }
            if case .begins = event.kind {
                close()
                hasBegun = true
            }
            statistics.take(event)
            checker.take(event)
            plot.take(event)
        }
        close()
        self.sections = sections
        self.plot = plot
    }

    /// Whether every promise was kept, in every plan.
    var isKept: Bool { sections.allSatisfy(\.verdict.isKept) }

    /// The picture.
    var svg: String { plot.svg }

    /// Tables and verdicts.
    func lines(ink: Ink) -> [String] {
        sections.flatMap { section in
            [""] + DemoTable.lines(section.title, section.parts, ink: ink)
                + section.verdict.lines.map { ink(section.verdict.isKept ? .green : .red, $0) }
        }
    }
}
