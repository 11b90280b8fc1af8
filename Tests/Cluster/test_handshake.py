"""The opening handshake at both doors, the gateway and the node's direct port, byte by byte."""

from __future__ import annotations

import asyncio
import signal
import statistics
import time

import pytest

from cluster import Cluster
from exchange import PROMISED_CLOSE, exchange
from malformed_requests import ACCEPT, GOOD, HOST, MALFORMED, RIGHT_BUT_ODD, request, text
from recorder import ATTACH, CLOSE, record
from waiting import SLOWNESS, eventually
from wire import Wire

CLUSTER = {"nodes": 1, "gateways": 1}
DOORS = ["gateway", "node"]


def address(cluster, door: str) -> str:
    return cluster.gateways[0].ready["data"] if door == "gateway" else cluster.nodes["node-1"].ready["direct"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("wrong", MALFORMED, ids=[f"{m.group}: {m.name}".replace("`", "") for m in MALFORMED])
async def test_a_malformed_handshake_is_refused_as_promised(shared, door, wrong):
    found = await exchange(address(shared, door), wrong.sent)
    assert not found.faults(wrong.status, wrong.headers), found


@pytest.mark.parametrize("door", DOORS)
async def test_who_is_refused_is_closed_within_100_ms(shared, door):
    # As a rule: a single one may fall into a moment when the machine does something else.
    closed = [(await exchange(address(shared, door), MALFORMED[0].sent)).closed for _ in range(15)]
    assert statistics.median(closed) <= PROMISED_CLOSE * SLOWNESS, closed


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name, sent", RIGHT_BUT_ODD, ids=[name for name, _ in RIGHT_BUT_ODD])
async def test_a_handshake_that_only_looks_odd_is_accepted(shared, door, name, sent):
    answer = (await exchange(address(shared, door), sent)).last
    assert answer and answer.status == 101, answer
    if "spare" not in name:
        assert answer.headers["sec-websocket-accept"] == ACCEPT
    assert "sec-websocket-extensions" not in answer.headers and "sec-websocket-protocol" not in answer.headers


@pytest.mark.parametrize("door", DOORS)
async def test_where_the_bytes_are_split_changes_nothing(shared, door):
    for cut in range(1, len(GOOD)):
        found = await exchange(address(shared, door), GOOD[:cut], GOOD[cut:], pause=0.001)
        assert found.status == 101, (cut, found)
    wrong = next(m for m in MALFORMED if m.name == "NUL in a value")
    for cut in range(1, len(wrong.sent), 7):
        found = await exchange(address(shared, door), wrong.sent[:cut], wrong.sent[cut:], pause=0.001)
        assert not found.faults(wrong.status, wrong.headers), (cut, found)


@pytest.mark.parametrize("door", DOORS)
async def test_a_handshake_of_single_bytes_is_accepted(shared, door):
    found = await exchange(address(shared, door), *(bytes([b]) for b in GOOD), pause=0.001, seconds=4)
    assert found.status == 101, found


# -- one connection, several requests

LIVEZ = text("GET /livez HTTP/1.1", f"Host: {HOST}")


@pytest.mark.parametrize("door", DOORS)
async def test_plain_requests_and_an_upgrade_share_a_connection_even_in_one_packet(shared, door):
    found = await exchange(address(shared, door), LIVEZ * 3 + GOOD)
    assert [a.status for a in found.answers] == [200, 200, 200, 101], found
    assert all("connection" not in a.headers and a.json == {"alive": True} for a in found.answers[:3])
    found = await exchange(address(shared, door), LIVEZ, LIVEZ, GOOD, pause=0.05)
    assert [a.status for a in found.answers] == [200, 200, 101], found


@pytest.mark.parametrize("door", DOORS)
async def test_a_plain_request_may_end_its_connection_and_a_refused_one_does(shared, door):
    closing = text("GET /livez HTTP/1.1", f"Host: {HOST}", "Connection: close")
    found = await exchange(address(shared, door), closing + GOOD)
    assert [a.status for a in found.answers] == [200] and found.closed is not None and not found.rest
    assert found.last.headers["connection"] == "close"
    found = await exchange(address(shared, door), text("GET /nowhere HTTP/1.1", f"Host: {HOST}") + GOOD)
    assert len(found.answers) == 1 and not found.faults(404, {}), found
    found = await exchange(address(shared, door), LIVEZ + MALFORMED[0].sent + GOOD)
    assert len(found.answers) == 2 and not found.faults(405, {"allow": "GET"}), found


@pytest.mark.parametrize("door", DOORS)
async def test_a_connection_is_kept_between_plain_requests(shared, door):
    found = await exchange(address(shared, door), LIVEZ, seconds=1)
    assert found.status == 200 and found.closed is None, found


async def test_where_is_answered_on_a_connection_that_then_becomes_a_websocket(shared):
    ask = text("GET /v1/services/chat/where?user=alice HTTP/1.1", f"Host: {HOST}")
    found = await exchange(address(shared, "gateway"), ask + GOOD)
    assert [a.status for a in found.answers] == [200, 101] and found.answers[0].json["node"] == "node-1"


# -- what stands behind the request

@pytest.mark.parametrize("door", DOORS)
async def test_bytes_in_the_packet_of_the_request_belong_to_the_websocket(shared, door):
    me = f"early-{door}"
    hello = {"type": "send", "id": "1", "to": me, "data": "sent at once"}
    sent = request(f"GET /chat?user={me} HTTP/1.1") + Wire.text(hello)
    async with await Wire.open(address(shared, door), sent) as wire:
        kinds = [(await wire.json())["type"] for _ in range(3)]
        assert kinds[0] == "welcome" and sorted(kinds[1:]) == ["message", "result"], kinds
    # The same with the frame cut in the middle.
    async with await Wire.open(address(shared, door), sent[:-9]) as wire:
        await asyncio.sleep(0.05)
        wire.send(sent[-9:])
        assert [(await wire.json())["type"] for _ in range(3)][0] == "welcome"


# -- times, and what stands behind the edge

async def test_a_head_has_its_time_and_no_more(folder):
    limit = ("--head-within", "1s")
    async with Cluster(folder, nodes=1, gateways=1, gateway_options=limit, node_options=limit) as cluster:
        for door in DOORS:
            begun = time.monotonic()
            found = await exchange(address(cluster, door), GOOD[:-2], seconds=4)
            took = time.monotonic() - begun
            assert not found.faults(408, {}) and 0.9 < took < 4 * SLOWNESS, (took, found)
            # A byte now and then gains no time.
            slow = [bytes([b]) for b in GOOD[:20]]
            begun = time.monotonic()
            found = await exchange(address(cluster, door), *slow, pause=0.1, seconds=4)
            assert found.was_reset or not found.faults(408, {}), found
            assert time.monotonic() - begun < 4 * SLOWNESS
            # Nor does silence. The time begins anew with each answer.
            assert (await exchange(address(cluster, door), b"", seconds=4)).status == 408
            found = await exchange(address(cluster, door), LIVEZ, GOOD, pause=0.7, seconds=4)
            assert [a.status for a in found.answers] == [200, 101], found
            found = await exchange(address(cluster, door), LIVEZ, LIVEZ, LIVEZ[:9], pause=0.7, seconds=4)
            assert [a.status for a in found.answers] == [200, 200, 408], found


async def test_what_is_refused_never_reaches_the_node(folder):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        recorder = await record(cluster)
        # One of each loop's links, so that no hello is sent later; and the proof that an accepted request is seen.
        for _ in range(16):
            assert (await exchange(address(cluster, "gateway"), GOOD)).status == 101
        assert recorder.frames.count((ATTACH, recorder.frames[0][1])) == 16
        await eventually(lambda: sum(kind == CLOSE for kind, _ in recorder.frames) == 16, "all sessions are over")
        recorder.frames.clear()
        for wrong in MALFORMED:
            await exchange(address(cluster, "gateway"), wrong.sent)
            assert recorder.session_bytes == 0, (wrong.name, recorder.frames)
        # Not even a part of a request that would be right.
        await exchange(address(cluster, "gateway"), GOOD[:-1], seconds=0.3)
        assert recorder.session_bytes == 0, recorder.frames
        await recorder.stop()


async def test_an_owner_that_cannot_be_reached_is_502_a_silent_one_504_and_an_empty_ring_503(folder):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        door, node = address(cluster, "gateway"), cluster.nodes["node-1"]
        await cluster.registry.freeze()
        await node.freeze()
        found = await exchange(door, GOOD, seconds=9)
        assert not found.faults(504, {}), found
        await node.kill()
        found = await exchange(door, GOOD, seconds=9)
        assert not found.faults(502, {}), found
        cluster.registry.signal(signal.SIGCONT)
        await eventually(lambda: gone(cluster), "the ring is empty", 15)
        found = await exchange(door, GOOD)
        assert not found.faults(503, {"retry-after": None}), found


async def gone(cluster) -> bool:
    return not (await cluster.ring()).owners


@pytest.mark.parametrize("door", DOORS)
async def test_who_is_shutting_down_refuses_with_503_and_when_to_come_back(folder, door):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        program = cluster.gateways[0] if door == "gateway" else cluster.nodes["node-1"]
        # A client that answers no close frame keeps the process for a while.
        async with await Wire.open(address(cluster, door), request("GET /chat?user=stubborn HTTP/1.1")) as stubborn:
            await stubborn.json()

            async def told_to_go() -> None:
                program.signal(signal.SIGTERM)
                assert await stubborn.closed_by() in (4002, 4001), "it says that it goes"

            found = await exchange(address(cluster, door), GOOD[:40], GOOD[40:], meanwhile=told_to_go)
            assert not found.faults(503, {"retry-after": None}), found
        await program.stop()
