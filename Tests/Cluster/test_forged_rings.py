"""Ring documents that nobody may adopt, put into Redis by a hand that can write there: refused, counted, named."""

from __future__ import annotations

import re

import pytest

import ring as ring_v1
from cluster import Cluster
from waiting import eventually, gathered


def reseal(data: bytes) -> bytes:
    """The right digest for whatever stands behind it."""
    return ring_v1.HEAD + ring_v1.digest(data[29:]).encode() + data[27:]


def forgeries(ring: ring_v1.Ring) -> dict[str, bytes]:
    """All but those about the epoch itself claim a higher one than the ring that is held.

    No two neighbours are refused with the same sentence: a reader logs a repeated one only once.
    """
    high = ring.epoch + 1_000_000
    good = ring_v1.forge(ring, epoch=high)
    nodes = ring.members["nodes"]
    return {
        "truncated": good[:-20],
        "truncated and resealed": reseal(good[:-20]),
        "not JSON": reseal(good[:29] + b"nonsense"),
        "empty": b"",
        "oversized": ring_v1.forge(ring, epoch=high, padding="x" * (5 << 20)),
        "version 2": ring_v1.forge(ring, epoch=high, v=2),
        "another hash": ring_v1.forge(ring, epoch=high, hash="md5"),
        "another service": ring_v1.forge(ring, epoch=high, service="game"),
        "wrong digest": good.replace(b'"v":1', b'"v": 1'),
        "wrong table": ring_v1.forge(ring, epoch=high, points=ring.members["points"], table="0" * 16),
        "wrong point count": ring_v1.forge(
            ring, epoch=high, points=ring.members["points"] + 1, table=ring.members["table"]),
        "lower epoch": ring_v1.forge(ring, epoch=1),
        "epoch zero": ring_v1.forge(ring, epoch=0),
        "bad node id": ring_v1.forge(ring, epoch=high, nodes=[{**nodes[0], "id": "no good"}]),
        "epoch past 2^53": ring_v1.forge(ring, epoch=1 << 53),
        "node twice": ring_v1.forge(ring, epoch=high, nodes=[nodes[0], nodes[0]]),
        "epoch as text": ring_v1.forge(ring, epoch=str(high)),
        "weight out of range": ring_v1.forge(
            ring, epoch=high, nodes=[{**nodes[0], "weight": 10_001}], points=1, table="0" * 16),
        "vnodes out of range": ring_v1.forge(ring, epoch=high, vnodes=5000, points=1, table="0" * 16),
    }


@pytest.mark.deadline(240)
async def test_forged_ring_documents_are_refused_counted_and_named_and_the_ring_stays(folder):
    async with Cluster(folder, nodes=2, gateways=2) as cluster:
        people = await gathered([cluster.user(f"u{i}", i % 2) for i in range(40)])
        ring = await cluster.ring()
        held = await cluster.redis.command("HGET", "ringway:{chat}:ring", "document")
        readers = [*cluster.gateways, *cluster.nodes.values()]

        async def refused() -> list[float]:
            return [(await cluster.metrics(r)).value("ringway_ring_refused_total", service="chat") for r in readers]

        for name, document in forgeries(ring).items():
            before, lines = await refused(), [r.log.count("\n") for r in readers]
            # Stored as well as announced: a reader that doubts the channel reads the key, and must doubt that too.
            await cluster.redis.command("HSET", "ringway:{chat}:ring", "document", document)
            await cluster.redis.command("PUBLISH", "ringway:{chat}:ring", document)

            async def counted():
                return all(now > then for now, then in zip(await refused(), before))

            await eventually(counted, f"{name}: refused and counted by everybody")
            for reader, line in zip(readers, lines):
                fresh = "\n".join(reader.log.splitlines()[line:]).lower()
                assert re.search("ring.* (refused|ignored|kept|neither a document)", fresh), (
                    f"{name}: {reader.name} does not say so\n{fresh[-2000:]}")
            assert set((await cluster.epochs()).values()) == {ring.epoch}, f"{name}: somebody adopted it"
            for person in people[:8]:
                assert (await cluster.where(0, person.name)).json["node"] == ring.owner(person.name)
            await cluster.redis.command("HSET", "ringway:{chat}:ring", "document", held)
        for person in people:
            await person.alive()

        # and the next true ring is adopted
        await cluster.add_node("node-3")
        await cluster.settled({"node-1", "node-2", "node-3"}, above=ring.epoch)


async def test_a_well_formed_ring_with_a_higher_epoch_is_adopted_from_the_channel_alone(folder):
    """The counterpart: what the refusals above hang on is the document, not where it came from."""
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        ring = await cluster.ring()
        document = ring_v1.forge(ring, epoch=ring.epoch + 5)
        await cluster.redis.command("PUBLISH", "ringway:{chat}:ring", document)

        async def adopted():
            return (await cluster.where(0, "alice")).json["epoch"] == ring.epoch + 5

        await eventually(adopted, "the announced ring is adopted")
