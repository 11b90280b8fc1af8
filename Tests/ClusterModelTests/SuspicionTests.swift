import ClusterModel
import Testing

@Suite("a suspicion")
struct SuspicionTests {
    @Test("comes back from its JSON", arguments: Suspicion.Reason.allCases)
    func roundTrip(reason: Suspicion.Reason) throws {
        let incarnation = try #require(Incarnation(1_795_358_857_087))
        let suspicion = try Suspicion(incarnation: incarnation, by: "gateway-1", reason: reason)
        #expect(try Suspicion(json: suspicion.json) == suspicion)
    }

    @Test(
        "is refused with the name of the member at fault",
        arguments: [
            (#"{"by":"g","reason":"reset"}"#, "incarnation"),
            (#"{"incarnation":-1,"by":"g","reason":"reset"}"#, "incarnation"),
            (#"{"incarnation":9007199254740992,"by":"g","reason":"reset"}"#, "incarnation"),
            (#"{"incarnation":1,"reason":"reset"}"#, "by"),
            (#"{"incarnation":1,"by":"","reason":"reset"}"#, "by"),
            (#"{"incarnation":1,"by":"a b","reason":"reset"}"#, "by"),
            (#"{"incarnation":1,"by":"g"}"#, "reason"),
            (#"{"incarnation":1,"by":"g","reason":"bored"}"#, "reason"),
            (#"{"incarnation":1,"by":"g","reason":"reset","by":"h"}"#, "by"),
        ])
    func refused(json: String, member: String) {
        let error = #expect(throws: FieldError.self) { try Suspicion(json: Array(json.utf8)) }
        #expect(error?.field == member)
    }
}
