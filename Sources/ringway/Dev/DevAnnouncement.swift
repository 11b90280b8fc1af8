import Foundation

/// The one table of a `ringway dev`: where everything is, and what to try next.
struct DevAnnouncement {
    private let cluster: DevCluster
    private let isComplete: Bool
    private let redis: RedisChoice
    private let notes: String
    private let ink: Ink

    init(_ cluster: DevCluster, isComplete: Bool, redis: RedisChoice, notes: String, ink: Ink) {
        self.cluster = cluster
        self.isComplete = isComplete
        self.redis = redis
        self.notes = notes
        self.ink = ink
    }

    /// The whole text, without a line feed at its end.
    var text: String {
        var lines = ["", title, ""]
        lines += places
        lines += ["", ink(.bold, "Try next, in another terminal:")]
        lines += trials
        lines += ["", ink(.dim, "Written down in \(notes). Ctrl-C ends everything in order."), ""]
        return lines.joined(separator: "\n")
    }

    private var title: String {
        isComplete
            ? ink(.bold, "The cluster is up.")
            : ink(.red, "The processes run, but the ring is not complete: see the lines above.")
    }

    private var places: [String] {
        var table = TextTable(["what", "pid", "where", ""], sides: [.left, .right], ink: ink)
        table.add(["redis", "", cluster.redis, "prefix \(cluster.prefix)"])
        table.add([
            "registry", "\(cluster.registryPID)", "http://\(cluster.registry)",
            "\(cluster.services.joined(separator: ", "))",
        ])
        for gateway in cluster.gateways {
            table.add([
                gateway.id, "\(gateway.pid)", "ws://\(gateway.data)/\(service)", "admin http://\(gateway.admin)",
            ])
        }
        for node in cluster.nodes {
            table.add([
                node.id, "\(node.pid)", "ws://\(node.direct)/\(node.service)",
                "admin http://\(node.admin)  link \(node.link)",
            ])
        }
        return table.lines
    }

    private var service: String { cluster.services.first ?? "chat" }

    /// This program as it was called, since it need not lie in PATH.
    private var command: String { CommandLine.arguments.first ?? "ringway" }

    /// How to start another node: everything that is not a default.
    private var oneMore: String {
        let shown = redis.url == cluster.redis ? redis.url : "…"
        let environment = redis.url == "redis://127.0.0.1:6379" ? "" : "RINGWAY_REDIS_URL=\(shown) "
        let prefix = cluster.prefix == "ringway" ? "" : "RINGWAY_PREFIX=\(cluster.prefix) "
        let registry = cluster.registry == "127.0.0.1:7300" ? "" : " --registry http://\(cluster.registry)"
        let flag = service == "chat" ? "" : " --service \(service)"
        let trust = " --link-secret-file \(cluster.linkSecretFile) --registry-token-file \(cluster.tokenFile)"
        return "\(environment)\(prefix)\(command)-node --id \(service)-x\(registry)\(flag)\(trust)"
    }

    private var trials: [String] {
        let flag = service == "chat" ? "" : " --service \(service)"
        let key = "\(cluster.prefix):{\(service)}"
        let gateway = cluster.gateways.first?.data ?? ""
        let victim = cluster.nodes.last
        var rows = [
            ("\(command) chat alice --to bob\(flag)", "and `chat bob --to alice` in a third"),
            ("\(command) where alice\(flag)", "which node owns alice"),
            ("\(command) ring\(flag)", "how the circle is shared; also `nodes`, `events`, `plan --add node-9`"),
            ("\(redis.commandLine) HGETALL '\(key):ring'", "the ring as Redis has it"),
            ("\(redis.commandLine) XREVRANGE '\(key):events' + - COUNT 3", "its history"),
            ("curl 'http://\(gateway)/v1/services/\(service)/where?user=alice'", "the same for programs"),
            ("websocat 'ws://\(gateway)/\(service)?user=carol'", "or `wscat -c`, or"),
            ("python3 -m websockets 'ws://\(gateway)/\(service)?user=carol'", "pip install websockets"),
        ]
        rows.append((oneMore, "one more node comes"))
        if let victim {
            rows.append(("kill -9 \(victim.pid)", "\(victim.id) dies; its users, and only they, move"))
        }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { command, meaning in
            "  \(command)\(String(repeating: " ", count: width - command.count))  \(ink(.dim, meaning))"
        }
    }
}

extension DevCluster {
    /// What the children said of themselves, put together.
    init(plan: DevPlan, processes: [(child: Child, pid: pid_t)], notices: [String: ReadyNotice]) {
        let sorted = processes.sorted { $0.child.name.compare($1.child.name, options: .numeric) == .orderedAscending }
        pid = getpid()
        registryPID = sorted.first { $0.child.role == .registry }?.pid ?? 0
        startedAt = Int64(Date().timeIntervalSince1970 * 1000)
        prefix = plan.prefix
        services = plan.services
        redis = plan.redis.shownURL
        registry = notices["registry"]?.http ?? ""
        tokenFile = plan.folder.tokenFile
        linkSecretFile = plan.folder.linkSecretFile
        gateways = sorted.filter { $0.child.role == .gateway }.map { child, pid in
            let notice = notices[child.name]
            return Gateway(id: child.name, pid: pid, data: notice?.data ?? "", admin: notice?.admin ?? "")
        }
        nodes = sorted.filter { $0.child.role == .node }.map { child, pid in
            let notice = notices[child.name]
            return Node(
                id: child.name, service: child.service, pid: pid, link: notice?.link ?? "",
                direct: notice?.direct ?? "", admin: notice?.admin ?? "")
        }
    }
}
