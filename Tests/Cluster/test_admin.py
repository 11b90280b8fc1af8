"""What an operator sees: health, metrics, the ring in redis-cli, the registry's lists, logs."""

from __future__ import annotations

import json
import subprocess

from calls import call
from cluster import Cluster
from waiting import eventually, gathered

CLUSTER = {"nodes": 3, "gateways": 2}


async def test_health_is_answered_by_every_process(shared):
    for program in shared.programs:
        address = program.ready.get("admin") or program.ready["http"]
        for path in ("/livez", "/readyz"):
            answer = await call("GET", address, path)
            assert answer.status == 200, (program.name, path, answer)


async def test_metrics_of_every_process_are_prometheus_text_and_agree_with_each_other(shared):
    people = await gathered([shared.user(f"counted-{i}", i % 2) for i in range(30)])
    ring = await shared.ring()
    for program in [*shared.gateways, *shared.nodes.values()]:
        metrics = await shared.metrics(program)
        assert metrics.value("ringway_ring_epoch", service="chat") == ring.epoch
        assert metrics.value("ringway_ring_nodes", service="chat") == 3
        assert metrics.value("ringway_redis_up") == 1
        for name in ("ringway_ring_age_seconds", "ringway_sessions", "ringway_messages_total", "ringway_queue_bytes",
                     "ringway_handshakes_total", "ringway_links"):
            assert metrics.has(name), f"{program.name} has no {name}"
        assert metrics.labels("ringway_messages_total", "direction") == {"in", "out"}
        assert all(kind in ("counter", "gauge", "histogram", "summary") for kind in metrics.types.values())

    async def counted(programs) -> float:
        return sum([(await shared.metrics(p)).value("ringway_sessions", service="chat") for p in programs])

    opened = sum(1 for u in shared.users if u.is_open)
    await eventually(lambda: counted_is(counted, shared.gateways, opened), "gateways count the sessions")
    await eventually(lambda: counted_is(counted, shared.nodes.values(), opened), "nodes count the sessions")
    await gathered([p.leave() for p in people])
    await eventually(lambda: counted_is(counted, shared.nodes.values(), opened - 30), "and count them down")
    registry = await shared.metrics(shared.registry)
    assert registry.value("ringway_ring_nodes", service="chat") == 3 and registry.value("ringway_redis_up") == 1


async def counted_is(counted, programs, wanted: int) -> bool:
    return await counted(programs) == wanted


async def test_no_user_stands_in_a_metric_or_in_a_log_unescaped(shared):
    user = await shared.user('label"break\\er {}')
    await user.alive()
    for program in shared.programs:
        answer = await call("GET", program.ready.get("admin") or program.ready["http"], "/metrics")
        assert "break" not in answer.text


async def test_closes_are_counted_by_code(folder):
    async with Cluster(folder, nodes=2, gateways=1, settings={"plan": "reconnect-all"}) as cluster:
        people = await gathered([cluster.user(f"u{i}") for i in range(25)])
        before = await cluster.ring()
        await cluster.add_node("node-3")
        await cluster.settled({"node-1", "node-2", "node-3"}, above=before.epoch)
        await gathered([p.closed() for p in people])

        async def counted():
            return (await cluster.metrics(cluster.gateways[0])).value("ringway_closes_total", code="4100") == 25

        await eventually(counted, "the gateway counted 25 closes with 4100")


async def test_redis_cli_shows_a_ring_a_person_can_read_and_its_history(folder):
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        def redis_cli(*arguments: str) -> str:
            return subprocess.run(
                ["redis-cli", "-p", str(cluster.redis.port), *arguments], capture_output=True, text=True, check=True,
                timeout=10).stdout

        lines = redis_cli("HGETALL", "ringway:{chat}:ring").splitlines()
        fields = dict(zip(lines[0::2], lines[1::2]))
        assert fields.keys() >= {"document", "epoch", "digest", "fence", "cause", "by", "at"}
        ring = await cluster.ring()
        assert (int(fields["epoch"]), fields["digest"]) == (ring.epoch, ring.digest)
        assert [n["id"] for n in json.loads(fields["document"])["nodes"]] == ["node-1", "node-2"]
        assert fields["cause"] and fields["by"] and fields["at"]

        await cluster.add_node("node-3")
        after = await cluster.settled({"node-1", "node-2", "node-3"}, above=ring.epoch)
        history = redis_cli("XREVRANGE", "ringway:{chat}:events", "+", "-", "COUNT", "3")
        assert str(after.epoch) in history and str(ring.epoch) in history and "node-3" in history
        assert redis_cli("SMEMBERS", "ringway:services").split() == ["chat"]
        assert set(redis_cli("HKEYS", "ringway:{chat}:nodes").split()) == {"node-1", "node-2", "node-3"}


async def test_the_registry_lists_services_nodes_ring_events_and_a_preview_of_a_plan(shared):
    ring = await shared.ring()
    assert "chat" in (await shared.api("GET", "/v1/services")).text
    nodes = await shared.api_nodes()
    assert set(nodes) == set(ring.nodes)
    shown = await shared.api("GET", "/v1/services/chat/ring")
    assert shown.status == 200 and shown.json["epoch"] == ring.epoch
    events = await shared.api("GET", "/v1/services/chat/events")
    assert events.status == 200 and str(ring.epoch) in events.text
    for query in ("add=node-9", "add=node-9&weight=200", "remove=node-1"):
        preview = await shared.api("GET", f"/v1/services/chat/plan?{query}")
        assert preview.status == 200 and preview.json, (query, preview)
    assert (await shared.api("GET", "/v1/services/chat/plan?remove=nobody")).status in (400, 404)
    assert (await shared.ring()).epoch == ring.epoch, "a preview changed the ring"


async def test_log_lines_are_json_when_nobody_watches(shared):
    for program in shared.programs:
        lines = program.log.splitlines()
        assert lines, f"{program.name} logs nothing"
        for line in lines:
            assert isinstance(json.loads(line), dict), line


async def test_the_development_mode_says_so_in_the_log(shared):
    assert "development" in shared.registry.log.lower()
