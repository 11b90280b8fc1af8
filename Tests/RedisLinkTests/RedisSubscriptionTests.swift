import Reactor
import RedisLink
import TestRedis
import Testing

/// A subscription with its prober, for code that runs in tasks.
private struct Listener {
    let events = Events<RedisSubscription.Event>()
    let stop: @Sendable () async -> Void

    init(_ live: LiveRedis, through url: String? = nil, channels: [String] = ["news"], probed: Bool = true) async throws
    {
        let own = try RedisURL(live.server.url())
        let url = try RedisURL(url ?? live.server.url())
        let events = events
        let loop = live.loop
        let pair = try await loop.run { loop in
            let prober = RedisConnection(on: loop, url: own, name: "prober", limits: LiveRedis.quick)
            let subscription = RedisSubscription(
                on: loop, url: url, name: "listener", channels: channels, prober: probed ? prober : nil,
                limits: LiveRedis.quick
            ) { events.post($0) }
            prober.start()
            subscription.start()
            return LoopBound((prober, subscription), to: loop)
        }
        stop = {
            _ = try? await loop.run { loop in
                let (prober, subscription) = pair.value(on: loop)
                subscription.stop()
                prober.stop()
            }
        }
    }

    func confirmed(_ count: Int, within deadline: Duration = .seconds(20)) async -> Bool {
        await events.wait(within: deadline) { events in events.filter(\.isConfirmed).count >= count }
    }

    func message(_ text: String) async -> Bool {
        await events.wait { if case .message(_, let bytes) = $0 { bytes == Array(text.utf8) } else { false } }
    }
}

extension RedisSubscription.Event {
    fileprivate var isConfirmed: Bool { if case .confirmed = self { true } else { false } }
    fileprivate var isDown: Bool { if case .state(let state) = self { state.isUnreachable } else { false } }
}

@Suite(.serialized) struct RedisSubscriptionTests {
    @Test("What is published after the confirmation arrives, byte for byte, with its channel")
    func messages() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let listener = try await Listener(live, channels: ["news", "other"])
        #expect(await listener.confirmed(1))
        let client = try live.client()
        let bytes: [UInt8] = [0, 13, 10, 255]
        #expect(try await client.command("PUBLISH", "other", RedisArgument(bytes)) == .integer(1))
        #expect(
            await listener.events.wait {
                if case .message("other", let got) = $0 { got == bytes } else { false }
            })
        await client.stop()
        await listener.stop()
    }

    @Test("Probes go round without a word: nothing but the confirmation is told while all is well")
    func quiet() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let listener = try await Listener(live)
        #expect(await listener.confirmed(1))
        // Ten probe intervals in which it would have been given up twice.
        #expect(await listener.events.wait(within: LiveRedis.quick.probeDeadline * 2, for: \.isDown) == false)
        #expect(listener.events.all.count == 2)
        await listener.stop()
    }

    @Test("SIGSTOP is noticed and healed; SIGKILL and restart as well; each time it is confirmed again")
    func serverTrouble() async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let listener = try await Listener(live)
        #expect(await listener.confirmed(1))
        live.server.suspend()
        #expect(await listener.events.wait(for: \.isDown))
        live.server.resume()
        #expect(await listener.confirmed(2))
        live.server.kill()
        #expect(await listener.events.wait { $0.filter(\.isDown).count == 2 })
        try live.server.restart()
        #expect(await listener.confirmed(3))
        try live.server.cli("PUBLISH", "news", "after all")
        #expect(await listener.message("after all"))
        await listener.stop()
    }

    @Test("A half-open connection is found by PING", arguments: [false, true])
    func halfOpen(_ probed: Bool) async throws {
        let live = try LiveRedis()
        defer { live.group.stop() }
        let (proxy, port) = try await proxy(live)
        let listener = try await Listener(live, through: "redis://127.0.0.1:\(port)", probed: probed)
        #expect(await listener.confirmed(1))
        _ = try await live.loop.run { proxy.value(on: $0).isDeaf = true }
        #expect(await listener.events.wait(for: \.isDown))
        _ = try await live.loop.run { proxy.value(on: $0).isDeaf = false }
        #expect(await listener.confirmed(2))
        await listener.stop()
    }

    @Test("A subscription that answers PING but gets no messages is found by the probe, and only by it")
    func forgotten() async throws {
        for probed in [true, false] {
            let live = try LiveRedis()
            defer { live.group.stop() }
            let (proxy, port) = try await proxy(live)
            let listener = try await Listener(live, through: "redis://127.0.0.1:\(port)", probed: probed)
            #expect(await listener.confirmed(1))
            _ = try await live.loop.run { proxy.value(on: $0).swallowsMessages = true }
            #expect(await listener.events.wait(within: .seconds(probed ? 20 : 4), for: \.isDown) == probed)
            await listener.stop()
        }
    }

    @Test("A channel that the ACL forbids is told as refused")
    func forbidden() async throws {
        let live = try LiveRedis(["--user", "app", "on", ">pw", "~*", "&ringway:*", "+@all"])
        defer { live.group.stop() }
        let url = live.server.url(login: "app:pw@")
        let refused = try await Listener(live, through: url, channels: ["news"], probed: false)
        #expect(
            await refused.events.wait {
                if case .state(.refused(let text)) = $0 { text.hasPrefix("NOPERM") } else { false }
            })
        let allowed = try await Listener(live, through: url, channels: ["ringway:{chat}:ring"])
        #expect(await allowed.confirmed(1), "the probe's channel begins with the prefix")
        await refused.stop()
        await allowed.stop()
    }

    private func proxy(_ live: LiveRedis) async throws -> (LoopBound<HalfOpenProxy>, Int) {
        let server = try SocketAddress(host: "127.0.0.1", port: live.server.port)
        let made = try await live.loop.run { loop in
            let proxy = HalfOpenProxy(to: server)
            return (LoopBound(proxy, to: loop), proxy.start(on: loop)?.port)
        }
        return (made.0, try #require(made.1))
    }
}
