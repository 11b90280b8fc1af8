"""Nodes come, crash, drain and come back; the registry restarts. Only what must move moves."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from calls import call
from cluster import Cluster
from users import Refused
from waiting import SLOWNESS, eventually, gathered

LEASE = 3.0


async def test_a_killed_node_leaves_the_ring_within_1_2_leases_and_only_its_points_go(folder):
    async with Cluster(folder, nodes=3, gateways=2) as cluster:
        people = await gathered([cluster.user(f"u{i}", i % 2) for i in range(200)])
        before = await cluster.ring()
        lost = "node-2"
        killed = time.monotonic()
        await cluster.nodes[lost].kill()

        async def gone():
            return lost not in (await cluster.ring()).owners

        await eventually(gone, f"{lost} leaves the ring", 10)
        took = time.monotonic() - killed
        assert took <= 1.2 * LEASE * (1 if SLOWNESS == 1 else 1.5), f"it took {took:.2f} s"
        after = await cluster.settled(before.owners - {lost}, above=before.epoch)
        assert after.table == [entry for entry in before.table if entry[1] != lost]

        for person in people:
            if before.owner(person.name) == lost:
                code, _ = await person.closed()
                assert 4000 <= code <= 4499 or code in (1001, 1012, 1013), f"{person.name} is told not to come back"
            else:
                await person.alive()
        back = await gathered([cluster.user(p.name, 1) for p in people if not p.is_open])
        assert back and all(p.node == after.owner(p.name) for p in back)


async def test_a_killed_node_that_is_started_again_gets_its_points_back(folder):
    async with Cluster(folder, nodes=3, gateways=1) as cluster:
        before = await cluster.ring()
        await cluster.nodes["node-2"].kill()
        node = await cluster.add_node("node-2", wait=False)
        await node.wait_ready()

        async def back():
            now = await cluster.ring()
            incarnations = now.nodes.get("node-2", {}).get("inc"), before.nodes["node-2"].get("inc")
            return now.table == before.table and incarnations[0] != incarnations[1]

        await eventually(back, "the same table with the new incarnation", 15)
        await cluster.settled(before.owners)
        name = next(f"u{i}" for i in range(1000) if before.owner(f"u{i}") == "node-2")
        assert (await cluster.user(name)).node == "node-2"


async def test_nobody_moves_when_the_registry_is_killed_and_started_again(folder):
    async with Cluster(folder, nodes=3, gateways=2) as cluster:
        people = await gathered([cluster.user(f"u{i}", i % 2) for i in range(100)])
        before = await cluster.ring()
        port = int(cluster.registry_address.rpartition(":")[2])
        await cluster.registry.kill()
        await asyncio.sleep(1)
        await cluster.start_registry(port)
        await asyncio.sleep(2.5 * LEASE)  # long enough for every lease to run out, if it were not resumed
        after = await cluster.ring()
        assert (after.epoch, after.digest) == (before.epoch, before.digest)
        assert set(await cluster.api_nodes()) == set(before.nodes)
        for person in people:
            await person.alive()
        # and it goes on leading: the next change is made
        await cluster.add_node("node-4")
        await cluster.settled({*before.owners, "node-4"}, above=before.epoch)


async def test_a_node_that_is_told_to_stop_drains_and_nobody_else_notices(folder):
    async with Cluster(folder, nodes=3, gateways=2) as cluster:
        people = await gathered([cluster.user(f"u{i}", i % 2) for i in range(150)])
        before = await cluster.ring()
        await cluster.nodes["node-3"].stop()

        async def signed_off():
            return "node-3" not in (await cluster.ring()).nodes

        await eventually(signed_off, "the ring does not even know node-3 any more", 2)
        after = await cluster.settled(before.owners - {"node-3"}, above=before.epoch)
        assert after.table == [entry for entry in before.table if entry[1] != "node-3"]
        for person in people:
            if before.owner(person.name) == "node-3":
                assert (await person.closed())[0] in (4001, 4002), person.end
            else:
                await person.alive()
        back = await gathered([cluster.user(p.name) for p in people if not p.is_open])
        assert all(p.node == after.owner(p.name) for p in back)


async def test_a_node_drained_by_hand_owns_nothing_and_is_still_known(folder):
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        before = await cluster.ring()
        answer = await cluster.api("POST", "/v1/services/chat/nodes/node-2/drain")
        assert answer.status == 202, answer
        after = await cluster.settled({"node-1"}, above=before.epoch)
        assert after.nodes["node-2"]["weight"] == 0 and after.nodes["node-2"]["state"] == "draining"


async def test_an_empty_ring_refuses_with_503_and_when_to_come_back(folder):
    async with Cluster(folder, nodes=0, gateways=1) as cluster:
        async def refused():
            answer = await cluster.where(0, "alice")
            return answer if answer.status == 503 and "retry-after" in answer.headers else None

        answer = await eventually(refused, "503 with Retry-After")
        assert int(answer.headers["retry-after"]) >= 1 and answer.json["error"]["message"]
        with pytest.raises(Refused) as refusal:
            await cluster.user("alice")
        assert refusal.value.status == 503 and int(refusal.value.headers["Retry-After"]) >= 1
        await cluster.add_node("node-1")
        await cluster.settled({"node-1"})
        assert (await cluster.user("alice")).node == "node-1"


async def test_a_dead_owner_is_answered_with_502_and_a_silent_one_with_504(folder):
    # The registry stands still, so that the ring keeps naming the node that nobody answers for.
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        ring = await cluster.ring()
        name = {node: next(f"u{i}" for i in range(1000) if ring.owner(f"u{i}") == node) for node in ring.owners}
        await cluster.user(name["node-1"])
        await cluster.user(name["node-2"])
        await cluster.registry.freeze()

        await cluster.nodes["node-1"].kill()
        with pytest.raises(Refused) as refusal:
            await cluster.user(name["node-1"])
        assert refusal.value.status == 502, refusal.value

        await cluster.nodes["node-2"].freeze()
        with pytest.raises(Refused) as refusal:
            await cluster.user(name["node-2"])
        assert refusal.value.status == 504, refusal.value
        cluster.nodes["node-2"].signal(signal.SIGCONT)
        cluster.registry.signal(signal.SIGCONT)
        await cluster.settled({"node-2"}, seconds=20)
        assert (await cluster.user(name["node-2"])).node == "node-2"


async def test_a_second_live_incarnation_is_refused_and_the_first_stays(folder):
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        before = await cluster.ring()
        held = before.nodes["node-1"]
        body = {"id": "node-1", "incarnation": 1, "kind": "ringway", "address": held["address"], "url": held["url"],
                "proof_key": "5a" * 32}
        answer = await cluster.api("POST", "/v1/services/chat/nodes", body)
        assert answer.status == 409, answer
        assert answer.json["error"]["code"] and answer.json["error"]["message"]

        twin = await cluster.add_node("node-1", wait=False, label="twin")
        await asyncio.sleep(2 * LEASE)
        after = await cluster.ring()
        assert after.nodes["node-1"]["address"] == held["address"] and after.epoch == before.epoch
        await twin.kill()

        beat = await cluster.api(
            "PUT", "/v1/services/chat/nodes/node-1/heartbeat", {"incarnation": 1, "epoch": 1, "sessions": 0})
        assert beat.status == 409, beat
        beat = await cluster.api(
            "PUT", "/v1/services/chat/nodes/nobody/heartbeat", {"incarnation": 1, "epoch": 1, "sessions": 0})
        assert beat.status == 404, beat


async def test_a_node_that_does_not_answer_the_call_back_never_comes_up(folder):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        before = await cluster.ring()

        async def mute(reader, writer):
            await reader.read()

        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        body = {"id": "ghost", "incarnation": 7, "kind": "ringway", "address": f"127.0.0.1:{port}",
                "url": f"ws://127.0.0.1:{port}/chat", "proof_key": "5a" * 32}
        await cluster.api("POST", "/v1/services/chat/nodes", body)
        await asyncio.sleep(2)
        assert (await cluster.ring()).owners == before.owners
        assert (await call("GET", cluster.gateways[0].ready["admin"], "/readyz")).status == 200
        server.close()
