"""A ring changed: who is closed, with which code, and where they come back to."""

from __future__ import annotations

import pytest

from cluster import Cluster
from users import all_closed, reason_of
from waiting import gathered


async def seat(cluster: Cluster, count: int):
    """Users through both gateways, and some straight on their node."""
    ring = await cluster.ring()
    people = await gathered([cluster.user(f"u{i}", i % 2) for i in range(count)])
    urls = {node: f"ws://{program.ready['direct']}/chat" for node, program in cluster.nodes.items()}
    direct = [f"d{i}" for i in range(count // 6)]
    people += await gathered([cluster.direct(name, urls[ring.owner(name)]) for name in direct])
    return people


@pytest.mark.deadline(180)
async def test_a_node_that_joins_under_plan_b_cuts_exactly_the_sessions_whose_owner_changed(folder):
    settings = {"plan": "reconnect-moved", "close_over_ms": 1000}
    async with Cluster(folder, nodes=3, gateways=2, settings=settings) as cluster:
        people = await seat(cluster, 600)
        before = await cluster.ring()
        await cluster.add_node("node-4")
        after = await cluster.settled({*before.owners, "node-4"}, above=before.epoch)

        moved = {p.name for p in people if before.owner(p.name) != after.owner(p.name)}
        assert moved and len(moved) < len(people) / 2
        await all_closed([p for p in people if p.name in moved])
        for person in people:
            if person.name not in moved:
                await person.alive()
        closed = {p.name for p in people if not p.is_open}
        assert closed == moved, f"wrong: {sorted(closed - moved)[:5]}, missed: {sorted(moved - closed)[:5]}"
        for person in people:
            if person.end:
                code, text = person.end
                assert code == 4001, f"{person.name}: {person.end}"
                reason = reason_of(text)
                assert int(reason["epoch"]) == after.epoch and int(reason["retry"]) >= 0

        back = await gathered([cluster.user(name, i % 2) for i, name in enumerate(sorted(moved))])
        assert {p.node for p in back} == {"node-4"}
        gateways = [await cluster.metrics(g) for g in cluster.gateways]
        carried = [p for p in people if p.is_open and p.name.startswith("u")] + back
        assert sum(m.value("ringway_sessions", service="chat") for m in gateways) == len(carried)


async def test_under_plan_a_everybody_is_closed_with_4100_and_comes_back_to_the_new_owner(folder):
    settings = {"plan": "reconnect-all", "close_over_ms": 1000}
    async with Cluster(folder, nodes=2, gateways=2, settings=settings) as cluster:
        people = await seat(cluster, 240)
        before = await cluster.ring()
        await cluster.add_node("node-3")
        after = await cluster.settled({*before.owners, "node-3"}, above=before.epoch)
        await all_closed(people)
        for person in people:
            code, text = person.end
            assert code == 4100, f"{person.name}: {person.end}"
            assert int(reason_of(text)["epoch"]) == after.epoch
        back = await gathered([cluster.user(p.name, i % 2) for i, p in enumerate(people)])
        assert all(p.node == after.owner(p.name) for p in back)


async def test_the_plan_can_be_changed_while_people_are_connected_and_nobody_notices_that(folder):
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        people = await gathered([cluster.user(f"u{i}") for i in range(40)])
        before = await cluster.ring()
        answer = await cluster.api("PUT", "/v1/services/chat/settings", {"plan": "reconnect-all"})
        assert answer.status == 200, answer
        await cluster.settled(before.owners, above=before.epoch)
        assert (await cluster.ring()).members["plan"] == "reconnect-all"
        for person in people:
            await person.alive()


@pytest.mark.parametrize("body, named", [
    ({"plan": "explode"}, "plan"), ({"delivery": "pigeon"}, "delivery"), ({"vnodes": 0}, "vnodes"),
    ({"vnodes": 4097}, "vnodes"), ({"vnodes": "many"}, "vnodes"), ({"close_over_ms": -1}, "close_over_ms"),
    ({"plam": "reconnect-all"}, "plam"),
])
async def test_bad_settings_are_refused_by_name(shared, body, named):
    before = await shared.ring()
    answer = await shared.api("PUT", "/v1/services/chat/settings", body)
    assert answer.status == 400, answer
    assert named in answer.json["error"]["message"]
    assert (await shared.ring()).epoch == before.epoch


CLUSTER = {"nodes": 1, "gateways": 1}
