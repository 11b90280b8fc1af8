import Testing

@testable import Operations

@Suite struct PrometheusTextTests {
    @Test func `a family has help, type and one line per sample`() {
        let family = MetricFamily(
            "ringway_closes_total", .counter, help: "Sessions closed.",
            [.init(3, [.init("code", "4001")]), .init(1.5, [.init("code", "1000"), .init("service", "chat")])])
        #expect(
            PrometheusText.render([family]) == """
                # HELP ringway_closes_total Sessions closed.
                # TYPE ringway_closes_total counter
                ringway_closes_total{code="4001"} 3
                ringway_closes_total{code="1000",service="chat"} 1.5

                """)
    }

    @Test func `label values and help are escaped`() {
        let family = MetricFamily("a", .gauge, help: "x\\y\nz\"", [.init(0, [.init("l", "q\"\\\n")])])
        #expect(PrometheusText.render([family]) == "# HELP a x\\\\y\\nz\"\n# TYPE a gauge\na{l=\"q\\\"\\\\\\n\"} 0\n")
    }

    @Test func `families of one name are put together`() {
        let parts = [
            MetricFamily("a", .gauge, help: "h", value: 1), MetricFamily("b", .gauge, help: "h", value: 2),
            MetricFamily("a", .gauge, help: "h", value: 3),
        ]
        #expect(
            PrometheusText.render(parts)
                == "# HELP a h\n# TYPE a gauge\na 1\na 3\n# HELP b h\n# TYPE b gauge\nb 2\n")
    }

    @Test(arguments: [
        (0.0, "0"), (1_795_358_857_087, "1795358857087"), (-2, "-2"), (0.25, "0.25"), (.infinity, "+Inf"),
        (-.infinity, "-Inf"), (.nan, "NaN"),
    ])
    func `numbers are written exactly`(_ value: Double, _ text: String) {
        let family = MetricFamily("a", .gauge, help: "h", value: value)
        #expect(PrometheusText.render([family]).hasSuffix("\na \(text)\n"))
    }

    @Test func `a counter counts from every thread`() async {
        let counter = MetricCounter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<1000 { counter.add() } } }
        }
        #expect(counter.value == 8000)
    }
}
