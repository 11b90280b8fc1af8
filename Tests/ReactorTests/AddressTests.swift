import Reactor
import Testing

@Suite struct AddressTests {
    @Test(arguments: [("127.0.0.1", 7000, "127.0.0.1:7000"), ("::1", 80, "[::1]:80"), ("0:0::1", 1, "[::1]:1")])
    func numericTextBecomesAnAddress(host: String, port: Int, text: String) throws {
        #expect(try SocketAddress(host: host, port: port).description == text)
    }

    @Test(arguments: [
        ("localhost", 1), ("127.1", 1), ("127.0.0.1", 65_536), ("127.0.0.1", -1), ("", 1), ("0177.0.0.1", 1),
    ])
    func anythingElseIsRefused(host: String, port: Int) {
        #expect(throws: ReactorError.self) { try SocketAddress(host: host, port: port) }
    }

    @Test func namesAreResolvedOffTheLoop() async throws {
        let found = try await Resolver.resolve(host: "localhost", port: 5)
        #expect(found.contains { $0.host == "127.0.0.1" || $0.host == "::1" })
        #expect(found.allSatisfy { $0.port == 5 })
        await #expect(throws: ReactorError.self) { try await Resolver.resolve(host: "no-such-host.invalid", port: 5) }
    }

    @Test func durationsSaturateInsteadOfTrapping() {
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect((MonotonicTime(nanoseconds: .max - 1) + .seconds(1)).nanoseconds == .max)
    }
}
