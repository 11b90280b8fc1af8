"""A gateway says that a node seems to be gone: the registry looks, and believes what it sees and nobody."""

from __future__ import annotations

import asyncio
import signal
import time

from cluster import Cluster
from trust import NODES, Trust
from users import Refused
from waiting import SLOWNESS, eventually, gathered

# No test here waits for it, but the one about silence.
LEASE = 30.0
REGISTRY = ("--lease", f"{LEASE:g}s")


async def gone(cluster: Cluster, *nodes: str):
    """Waits until the ring knows none of these nodes, for a time that is far below the lease."""

    async def without():
        now = await cluster.ring()
        return None if now.nodes.keys() & set(nodes) else now

    return await eventually(without, f"the ring is without {nodes}", LEASE / 3 / SLOWNESS)


async def causes(cluster: Cluster, above: int) -> list[str]:
    answer = await cluster.api("GET", "/v1/services/chat/events?count=50")
    return [event["cause"] for event in answer.json["events"] if event["epoch"] > above]


async def suspect(cluster: Cluster, node: str, incarnation: int, **changes):
    body = {"incarnation": incarnation, "by": "gateway-9", "reason": "reset", **changes}
    return await cluster.api("POST", f"{NODES}/{node}/suspicions", body)


def people_of(ring, node: str, count: int = 1) -> list[str]:
    return [name for name in (f"u{i}" for i in range(1000)) if ring.owner(name) == node][:count]


async def test_a_killed_node_is_off_the_ring_long_before_its_lease_ends(folder):
    async with Cluster(folder, nodes=3, gateways=2, registry_options=REGISTRY, suspicions=True) as cluster:
        before = await cluster.ring()
        person = await cluster.user(people_of(before, "node-2")[0])
        others = [await cluster.user(people_of(before, node)[0], 1) for node in ("node-1", "node-3")]
        await cluster.nodes["node-2"].kill()
        code, _ = await person.closed()
        assert code == 4003
        after = await gone(cluster, "node-2")
        assert after.table == [entry for entry in before.table if entry[1] != "node-2"]
        assert await causes(cluster, before.epoch) == ["down node-2 refused"]
        await cluster.settled({"node-1", "node-3"}, above=before.epoch)
        assert (await cluster.user(person.name)).node == after.owner(person.name)
        for other in others:
            await other.alive()
        sent = await cluster.metrics(cluster.gateways[0])
        assert sent.value("ringway_suspicions_sent_total", result="reported") >= 1
        seen = await cluster.metrics(cluster.registry)
        assert seen.value("ringway_suspicion_calls_total", found="gone") == 1


async def test_most_nodes_killed_at_once_are_gone_since_their_ports_are_closed(folder):
    async with Cluster(folder, nodes=5, gateways=1, registry_options=REGISTRY, suspicions=True) as cluster:
        before = await cluster.ring()
        lost = ("node-1", "node-3", "node-5")
        for node in lost:
            await cluster.user(people_of(before, node)[0])
        await gathered([cluster.nodes[node].kill() for node in lost])
        await gone(cluster, *lost)
        assert (await cluster.metrics(cluster.registry)).value("ringway_registry_frozen", service="chat") == 0


async def test_lies_about_a_living_node_change_nothing(folder):
    async with Cluster(folder, nodes=2, gateways=1, registry_options=REGISTRY) as cluster:
        before = await cluster.ring()
        person = await cluster.user(people_of(before, "node-2")[0])
        held = before.nodes["node-2"]["inc"]
        for reason in ("reset", "silent", "refused"):
            assert (await suspect(cluster, "node-2", held, reason=reason)).status == 202
        answers = await gathered([suspect(cluster, "node-2", held) for _ in range(200)], 20)
        assert {answer.status for answer in answers} == {202}
        # of another run, of nobody, of nothing
        assert (await suspect(cluster, "node-2", held + 1)).status == 202
        assert (await suspect(cluster, "node-2", 1)).status == 202
        assert (await suspect(cluster, "nobody", held)).status == 404
        assert (await suspect(cluster, "node-2", held, reason="bored")).status == 400

        async def called():
            return (await cluster.metrics(cluster.registry)).value("ringway_suspicion_calls_total", found="alive")

        assert await eventually(called, "the registry has looked") < 100
        await person.alive()
        assert (await cluster.ring()).epoch == before.epoch
        assert await causes(cluster, before.epoch) == []


async def test_a_paused_node_is_not_evicted_before_its_lease_ends(folder):
    lease = 5.0
    options = ("--lease", f"{lease:g}s")
    async with Cluster(folder, nodes=2, gateways=1, registry_options=options, suspicions=True) as cluster:
        before = await cluster.ring()
        held = before.nodes["node-2"]["inc"]
        heard = time.monotonic() - (await cluster.api_nodes())["node-2"]["silent_ms"] / 1000
        await cluster.nodes["node-2"].freeze()
        # As often as a gateway would, and oftener.
        while time.monotonic() - heard < lease - 1:
            assert (await suspect(cluster, "node-2", held, reason="silent")).status == 202
            assert (await cluster.ring()).epoch == before.epoch
            await asyncio.sleep(0.1)
        after = await gone(cluster, "node-2")
        assert time.monotonic() - heard >= lease
        assert await causes(cluster, before.epoch) == ["down node-2 silent"]
        found = await cluster.metrics(cluster.registry)
        assert found.value("ringway_suspicion_calls_total", found="nothing") >= 3
        assert found.value("ringway_suspicion_calls_total", found="gone") == 0
        cluster.nodes["node-2"].signal(signal.SIGCONT)
        await cluster.settled({"node-1", "node-2"}, above=after.epoch, seconds=20)


async def test_a_gateway_reports_with_a_token_and_is_not_heard_without(folder):
    trust = Trust(folder / "trust")
    async with trust.cluster(nodes=3, gateways=0, suspicions=True) as cluster:
        await cluster.add_gateway("mute")
        before = await cluster.ring()
        await cluster.user(people_of(before, "node-2")[0])
        await cluster.nodes["node-2"].kill()

        async def refused():
            return (await cluster.metrics(cluster.gateways[0])).value("ringway_suspicions_sent_total", result="failed")

        await eventually(refused, "the registry took no report without a token")
        assert "401" in cluster.gateways[0].log
        await cluster.settled({"node-1", "node-3"}, above=before.epoch)
        assert await causes(cluster, before.epoch) == ["down node-2 silent"]

        speaking = await cluster.add_gateway("speaking", "--registry-token-file", trust.token_file)
        before = await cluster.ring()
        await cluster.user(people_of(before, "node-3")[0], 1)
        await cluster.nodes["node-3"].kill()
        await cluster.settled({"node-1"}, above=before.epoch)
        assert await causes(cluster, before.epoch) == ["down node-3 refused"]
        assert (await cluster.metrics(speaking)).value("ringway_suspicions_sent_total", result="reported") >= 1


async def test_a_registry_that_is_away_costs_a_gateway_nothing(folder):
    async with Cluster(folder, nodes=2, gateways=1, registry_options=REGISTRY, suspicions=True) as cluster:
        before = await cluster.ring()
        name = people_of(before, "node-2")[0]
        person = await cluster.user(name)
        other = await cluster.user(people_of(before, "node-1")[0])
        await cluster.registry.freeze()
        await cluster.nodes["node-2"].kill()
        await person.closed()
        for _ in range(3):
            try:
                await cluster.user(name)
                raise AssertionError("nobody owns the user")
            except Refused as refusal:
                assert refusal.status == 502
        await other.alive()
        cluster.registry.signal(signal.SIGCONT)
        # The next one who asks for the dead node brings it up again.

        async def back():
            try:
                return await cluster.user(name)
            except Refused:
                return None

        assert (await eventually(back, "the user has a node again", LEASE / 2 / SLOWNESS, 0.2)).node == "node-1"
