import Glibc
import Reactor
import RedisLink
import TestRedis
import Testing

@Suite(.serialized) struct RedisClientTests {
    @Test("Commands and replies of every kind, bytes untouched, in order also under a burst")
    func commands() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let client = try live.client()
        let bytes: [UInt8] = [0, 13, 10, 255, 128]
        #expect(try await client.command("SET", "k", RedisArgument(bytes)) == .simple("OK"))
        #expect(try await client.command("GET", "k").bytes == bytes)
        #expect(try await client.command("GET", "none") == .null)
        await #expect(throws: RedisError.self) { try await client.command("NOSUCH") }
        await #expect(throws: RedisError.malformed) { try await client.command([]) }
        try await withThrowingTaskGroup(of: (Int, Int64?).self) { group in
            for number in 0..<500 {
                group.addTask {
                    (number, try await client.command("ECHO", RedisArgument(number)).integer)
                }
            }
            for try await (number, echoed) in group { #expect(echoed == Int64(number)) }
        }
        #expect(try live.server.cli("CLIENT", "LIST").contains("name=test_client"))
        await client.stop()
        await #expect(throws: RedisError.stopped) { try await client.command("PING") }
    }

    @Test("A reply of several MiB arrives whole, and one beyond the limit breaks the connection, which comes back")
    func large() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let client = try live.client(limits: RedisLimits())
        let big = [UInt8](repeating: 120, count: 4 << 20)
        _ = try await client.command("SET", "big", RedisArgument(big), deadline: .seconds(10))
        #expect(try await client.command("GET", "big", deadline: .seconds(10)).bytes?.count == big.count)
        _ = try await client.command("SETRANGE", "huge", "9000000", "x")
        await #expect(throws: RedisError.self) { try await client.command("GET", "huge", deadline: .seconds(10)) }
        #expect(try await client.command("GET", "none", deadline: .seconds(10)) == .null)
        await client.stop()
    }

    @Test("Absent at the start, it says so once, and works when Redis comes")
    func absentAtStart() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        live.server.kill()
        let states = Events<RedisState>()
        let client = try live.client(states: states)
        #expect(await states.wait(for: \.isUnreachable))
        do {
            _ = try await client.command("PING", deadline: .seconds(1))
            Issue.record("there is no server")
        } catch {
            guard case .notConnected = error else { Issue.record("\(error)"); return }
            #expect(!error.mayHaveRun)
        }
        #expect(states.all.count == 1, "many attempts, one report: \(states.all)")
        try live.server.restart()
        #expect(await states.wait(for: \.isUp))
        #expect(try await client.command("PING") == .simple("PONG"))
        await client.stop()
    }

    @Test("SIGSTOP: an unanswered command fails in time, the state turns, SIGCONT heals")
    func suspended() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let states = Events<RedisState>()
        let client = try live.client(states: states)
        #expect(await states.wait(for: \.isUp))
        live.server.suspend()
        do {
            // Below what it takes to give the server up: it is the command's own deadline that ends it.
            _ = try await client.command("INCR", "n", deadline: .seconds(1))
            Issue.record("a stopped server answered")
        } catch {
            #expect(error.mayHaveRun, "\(error)")
        }
        #expect(await states.wait(for: \.isUnreachable))
        live.server.resume()
        #expect(await states.wait { $0.count == 3 && $0[2] == .up })
        _ = try await client.command("PING")
        await client.stop()
    }

    @Test("SIGKILL and restart: up again by itself, with the default times")
    func killed() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let states = Events<RedisState>()
        let client = try live.client(limits: RedisLimits(), states: states)
        #expect(await states.wait(for: \.isUp))
        live.server.kill()
        #expect(await states.wait(for: \.isUnreachable))
        try live.server.restart()
        #expect(await states.wait { $0.last == .up && $0.count == 3 })
        await client.stop()
    }

    @Test("A wrong password is told as refused; the right one, and an ACL user, get in")
    func passwords() async throws {
        let live = try LiveRedis(["--requirepass", "secret", "--user", "app", "on", ">pw", "~*", "+@all", "-client"])
        defer { live.group.stop() }
        let wrong = Events<RedisState>()
        let none = Events<RedisState>()
        let clients = [
            try live.client(login: ":nope@", states: wrong), try live.client(states: none),
            try live.client(login: ":secret@"), try live.client(login: "app:pw@"),
        ]
        #expect(await wrong.wait(for: \.isRefused))
        #expect(await none.wait(for: \.isRefused))
        #expect(try await clients[2].command("PING") == .simple("PONG"))
        #expect(try await clients[3].command("ACL", "WHOAMI").text == "app")
        await #expect(throws: RedisError.self) { try await clients[0].command("PING", deadline: .seconds(1)) }
        for client in clients { await client.stop() }
    }

    @Test("A database and a Unix socket are taken from the URL")
    func databaseAndUnix() async throws {
        let path = "/tmp/ringway-test-\(UInt32.random(in: .min ... .max)).sock"
        let live = try LiveRedis(["--unixsocket", path])
        defer {
            live.group.stop()
            unlink(path)
        }
        let tcp = RedisClient(on: live.loop, url: try RedisURL(live.server.url() + "/5"))
        let unix = RedisClient(on: live.loop, url: try RedisURL("unix:\(path)?db=5"))
        _ = try await tcp.command("SET", "k", "v")
        #expect(try await unix.command("GET", "k").text == "v")
        #expect(try live.server.cli("GET", "k") == "", "database 0 has no such key")
        await tcp.stop()
        await unix.stop()
    }

    @Test("A host that is no address is resolved off the loop")
    func name() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let client = RedisClient(on: live.loop, url: try RedisURL("redis://localhost:\(live.server.port)"))
        #expect(try await client.command("PING", deadline: .seconds(5)) == .simple("PONG"))
        await client.stop()
    }
}
