import ClusterModel
import Testing

@Suite("a service's settings")
struct ServiceSettingsTests {
    @Test("have good defaults")
    func defaults() throws {
        let settings = try ServiceSettings(fields: [:])
        #expect(settings == .standard)
        #expect(settings.vnodes == 160 && settings.plan == .reconnectMoved && settings.delivery == .routed)
        #expect(settings.closeOver == .seconds(10))
        #expect(settings.moves.perSecond == 2000 && settings.moves.inFlight == 256)
    }

    @Test("survive the stored hash and JSON")
    func roundTrip() throws {
        let settings = try ServiceSettings(
            vnodes: 40, plan: .reconnectAll, delivery: .broadcast, closeOver: .milliseconds(1),
            moves: MoveBudget(perSecond: 1, inFlight: 10_000))
        let fields = Dictionary(uniqueKeysWithValues: settings.fields.map { ($0.name, $0.value) })
        #expect(try ServiceSettings(fields: fields) == settings)
        #expect(try ServiceSettings.standard.changed(by: settings.json) == settings)
    }

    @Test("change only where the writer says so")
    func partial() throws {
        let changed = try ServiceSettings.standard.changed(by: Array("{\"plan\":\"reconnect-all\"}".utf8))
        #expect(changed == (try ServiceSettings(vnodes: 160, plan: .reconnectAll)))
    }

    @Test("take the move budget one by one, to both ends of its ranges")
    func moves() throws {
        for (rate, flight) in [(1, 1), (100_000, 10_000)] {
            let faster = try ServiceSettings.standard.changed(by: Array("{\"move_rate\":\(rate)}".utf8))
            #expect(faster.moves == (try MoveBudget(perSecond: rate, inFlight: 256)))
            let both = try faster.changed(by: Array("{\"moves_in_flight\":\(flight)}".utf8))
            #expect(both.moves == (try MoveBudget(perSecond: rate, inFlight: flight)))
        }
    }

    @Test(
        "that were stored out of range are refused with the field's name",
        arguments: [
            ("move_rate", "0"), ("move_rate", "100001"), ("moves_in_flight", "0"), ("moves_in_flight", "10001"),
        ])
    func storedOutOfRange(name: String, value: String) {
        let error = #expect(throws: FieldError.self) { try ServiceSettings(fields: [name: value]) }
        #expect(error?.field == name)
    }

    @Test("can be any plan")
    func plans() throws {
        for plan in RebalancePlan.allCases {
            let changed = try ServiceSettings.standard.changed(by: Array("{\"plan\":\"\(plan.rawValue)\"}".utf8))
            #expect(changed.plan == plan)
            #expect(try ServiceSettings(fields: ["plan": plan.rawValue]).plan == plan)
        }
    }

    @Test(
        "are refused with the name of the member at fault",
        arguments: [
            ("vnodes", "0"), ("vnodes", "4097"), ("vnodes", "\"160\""), ("plan", "\"none\""), ("plan", "1"),
            ("delivery", "\"pigeon\""), ("close_over_ms", "3600001"), ("close_over_ms", "-1"), ("vnode", "160"),
            ("move_rate", "0"), ("move_rate", "100001"), ("move_rate", "2e3"), ("moves_in_flight", "0"),
            ("moves_in_flight", "10001"), ("moves_in_flight", "\"256\""),
        ])
    func refused(name: String, value: String) {
        let error = #expect(throws: FieldError.self) {
            try ServiceSettings.standard.changed(by: Array("{\"\(name)\":\(value)}".utf8))
        }
        #expect(error?.field == name)
    }

    @Test(
        "that were stored wrongly are refused with the field's name",
        arguments: ["vnodes", "plan", "delivery", "close_over_ms", "move_rate", "moves_in_flight"])
    func storedWrongly(name: String) {
        let error = #expect(throws: FieldError.self) { try ServiceSettings(fields: [name: "x"]) }
        #expect(error?.field == name)
    }
}
