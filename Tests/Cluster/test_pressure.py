"""Too many clients: each bound is kept, says what it is, and lets go by itself; who is in loses nothing."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime

import pytest

from cluster import Cluster
from rawsocket import UPGRADE, NotOpened, RawSocket, connect
from users import Refused, User
from waiting import SLOWNESS, eventually, gathered

CLUSTER = {
    "nodes": 1, "gateways": 1,
    "gateway_options": ("--max-clients", 12, "--max-clients-per-address", 9, "--max-handshakes", 32),
    "node_options": ("--max-sessions-per-user", 3),
}


async def opened(address: str, path: str, **options):
    """The socket, or the answer that refused it."""
    try:
        return await RawSocket.open(address, path, **options)
    except NotOpened as refusal:
        return refusal.answer


async def refused(shared, program, reason: str) -> float:
    return (await shared.metrics(program)).value("ringway_clients_refused_total", reason=reason)


async def test_an_address_gets_its_share_of_a_gateway_and_others_get_theirs(shared):
    gateway = shared.gateways[0]
    address = gateway.ready["data"]
    mine = [await RawSocket.open(address, f"/chat?user=near-{i}", source="127.0.0.2") for i in range(9)]
    answer, closed = await raw_from(address, "127.0.0.2")
    assert answer.startswith(b"HTTP/1.1 503 ") and b"retry-after:" in answer.lower() and closed
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["code"] == "overloaded"
    assert await refused(shared, gateway, "address") == 1
    other = await RawSocket.open(address, "/chat?user=far", source="127.0.0.3")
    mine[0].drop()
    again = await eventually(
        lambda: RawSocket.open(address, "/chat?user=near-9", source="127.0.0.2"), "the place is free")
    for one in [*mine, other, again]:
        one.drop()
    await nobody_left(shared)


async def raw_from(address: str, source: str) -> tuple[bytes, bool]:
    """All that comes back to a request from that address, and whether the connection was closed."""
    reader, writer = await connect(address, source=source)
    writer.write(UPGRADE.format(path="/chat?user=x").encode())
    try:
        return await asyncio.wait_for(reader.read(), 5 * SLOWNESS), True
    finally:
        writer.transport.abort()


async def nobody_left(shared) -> None:
    async def empty():
        metrics = await shared.metrics(shared.gateways[0])
        return metrics.value("ringway_sessions") == 0 and metrics.value("ringway_connections") == 0

    await eventually(empty, "the gateway has no clients left")


async def test_a_gateway_takes_as_many_clients_as_it_is_told_and_health_is_seen_all_the_same(shared):
    gateway = shared.gateways[0]
    address = gateway.ready["data"]
    before = await refused(shared, gateway, "clients")
    sockets = [await RawSocket.open(address, f"/chat?user=c{i}", source=f"127.0.0.{4 + i % 2}") for i in range(12)]
    answer = await opened(address, "/chat?user=one-more", source="127.0.0.6")
    assert answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After: " in answer
    assert (await shared.where(0, "one-more")).status == 200
    assert await refused(shared, gateway, "clients") == before + 1
    sockets[0].drop()
    late = await eventually(lambda: RawSocket.open(address, "/chat?user=late", source="127.0.0.6"), "a place is free")
    for one in [*sockets, late]:
        one.drop()
    await nobody_left(shared)


async def test_a_user_gets_as_many_sessions_as_one_may_have_through_whatever_door(shared):
    node = shared.nodes["node-1"]
    first, second = [await shared.user("many") for _ in range(2)]
    third = await shared.direct("many", f"ws://{node.ready['direct']}/chat")
    with pytest.raises(Refused) as through_gateway:
        await shared.user("many")
    assert through_gateway.value.status == 503 and through_gateway.value.headers["retry-after"]
    assert "as many sessions" in json.loads(through_gateway.value.body)["error"]["message"]
    with pytest.raises(Refused) as direct:
        await shared.direct("many", f"ws://{node.ready['direct']}/chat")
    assert direct.value.status == 503 and direct.value.headers["retry-after"]
    assert (await shared.metrics(node)).value("ringway_clients_refused_total", reason="user") == 2
    other = await shared.user("another")
    await second.leave()
    again = await eventually(lambda: try_user(shared, "many"), "one session fewer")
    for user in (first, third, other, again):
        await user.leave()
    await nobody_left(shared)


async def try_user(shared, name: str) -> User | None:
    try:
        return await shared.user(name)
    except Refused:
        return None


async def test_a_thousand_slow_heads_do_not_keep_a_good_client_out(shared):
    gateway = shared.gateways[0]
    address = gateway.ready["data"]
    before = await refused(shared, gateway, "handshakes")

    async def slow(number: int):
        reader, writer = await connect(address, source=f"127.0.1.{number % 200 + 1}")
        writer.write(b"GET /chat?user=slow HTTP/1.1\r\nHost: x\r\n")
        return reader, writer

    crowd = await gathered([slow(i) for i in range(1000)], 50)
    began = time.monotonic()
    good = await RawSocket.open(address, "/chat?user=good", source="127.0.0.9")
    assert await good.message() and time.monotonic() - began < 4 * SLOWNESS, "before the slow heads' own deadline"
    oldest = await asyncio.wait_for(crowd[0][0].read(), 5 * SLOWNESS)
    assert oldest.startswith(b"HTTP/1.1 408 ")

    async def few():
        return (await shared.metrics(gateway)).value("ringway_connections") <= 32 + 16 + 1

    await eventually(few, "only so many unfinished handshakes are left")
    assert await refused(shared, gateway, "handshakes") > before + 500
    for _, writer in crowd:
        writer.transport.abort()
    good.drop()
    await nobody_left(shared)


def loud_seconds(log: str) -> list[tuple[float, str]]:
    """Times and texts of all lines that are no debug lines."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [(datetime.fromisoformat(line["time"]).timestamp(), line["message"]) for line in lines
            if line["level"] not in ("debug", "trace")]


class Talk:
    """Two people who send each other numbered messages until told to stop; nothing may be missing or out of order."""

    def __init__(self, left: User, right: User):
        self.left, self.right, self.sent = left, right, 0

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.left.send(self.right.name, self.sent)
            await self.right.send(self.left.name, self.sent)
            self.sent += 1
            await asyncio.sleep(0.02)

    async def complete(self) -> None:
        for person in (self.left, self.right):
            await person.until(lambda: len(person.messages) >= self.sent or person.end, "all numbers", 20)
            assert person.end is None, person.end
            assert [m["data"] for m in person.messages] == list(range(self.sent))


@pytest.mark.deadline(180)
async def test_a_thousand_arrivals_at_256_descriptors_cost_those_inside_nothing(folder):
    async with Cluster(folder, nodes=2, gateways=0) as cluster:
        gateway = await cluster.add_gateway("small", under=("prlimit", "--nofile=256:256"))
        await eventually(lambda: cluster.where(gateway, "x"), "the gateway has a ring")
        held = await cluster.metrics(gateway)
        assert held.value("ringway_limit", of="descriptors") == 256
        assert 150 < held.value("ringway_limit", of="clients") < held.value("ringway_limit", of="connections") < 224
        people = [await cluster.user(f"inside-{i}") for i in range(20)]
        talks = [Talk(people[i], people[i + 1]) for i in range(0, 20, 2)]
        stop = asyncio.Event()
        talking = [asyncio.create_task(talk.run(stop)) for talk in talks]
        began = time.time()
        crowd = await storm(gateway.ready["data"], seconds=4)
        inside = [one for one in crowd if isinstance(one, RawSocket)]
        answers = [one for one in crowd if isinstance(one, bytes)]
        assert len(inside) > 100, "those for whom there is room come in"
        assert all(answer.startswith((b"HTTP/1.1 503 ", b"HTTP/1.1 408 ")) for answer in answers), answers[:3]
        assert any(answer.startswith(b"HTTP/1.1 503 ") for answer in answers)
        metrics = await cluster.metrics(gateway)
        assert metrics.value("ringway_accept_pauses_total", reason="descriptors") > 0
        assert metrics.value("ringway_accept_pauses_total", reason="kernel") == 0, "the reserve was never touched"
        for one in crowd:
            if isinstance(one, RawSocket):
                one.drop()
        left = time.monotonic()
        newcomer = await eventually(lambda: try_user(cluster, "newcomer"), "a newcomer is in", 5)
        assert time.monotonic() - left < 5 * SLOWNESS
        stop.set()
        await asyncio.gather(*talking)
        for talk in talks:
            await talk.complete()
        assert min(talk.sent for talk in talks) >= 10
        await newcomer.alive()
        times = [t for t, _ in loud_seconds(gateway.log) if t >= began]
        assert times, "it is said once at least"
        # The gate allows one line a second, by the loop's clock; the line's own may be read later. Anything else that is logged
        # would show here.
        assert all(later - earlier > 0.5 for earlier, later in zip(times, times[1:])), loud_seconds(gateway.log)

        async def calm():
            now = await cluster.metrics(gateway)
            return now.value("ringway_accept_paused") == 0 and now.value("ringway_sessions") == 21

        await eventually(calm, "all is as before")


async def storm(address: str, seconds: float) -> list:
    """A thousand arrive at once, and whoever is refused comes back at once, until the time is over.

    Answers the last that each of them got: a socket, a refusal, or the lack of either.
    """
    end = time.monotonic() + seconds

    async def arrive(number: int):
        last = None
        while time.monotonic() < end:
            try:
                last = await opened(address, f"/chat?user=crowd-{number}", seconds=seconds)
            except (TimeoutError, ConnectionError, asyncio.IncompleteReadError) as problem:
                last = problem
            if isinstance(last, RawSocket):
                break
        return last

    return await asyncio.gather(*(arrive(i) for i in range(1000)))


async def test_too_many_waiting_bytes_close_the_slowest_and_let_new_ones_in_again(folder):
    options = ("--max-queued-total", "6MiB", "--max-queue", "4MiB")
    async with Cluster(folder, nodes=1, gateways=1, gateway_options=options) as cluster:
        gateway = cluster.gateways[0]
        address = gateway.ready["data"]
        left, right = await cluster.user("left"), await cluster.user("right")
        slow = [await RawSocket.open(address, f"/chat?user=slow-{i}", receive_buffer=4096) for i in range(12)]
        text = "x" * 60_000

        async def pressed():
            for number in range(12):
                await left.send(f"slow-{number}", text)
            return await refused(cluster, gateway, "memory") > 0

        await eventually(pressed, "memory is short", 30)

        async def closed():
            return (await cluster.metrics(gateway)).value("ringway_closes_total", code="4009") > 0

        await eventually(closed, "the slowest are closed")
        assert (await left.say("right", "still there"))["status"] == "delivered"
        await right.until(lambda: right.messages, "the message")

        async def relieved():
            return (await cluster.metrics(gateway)).value("ringway_held_bytes") < 6 << 20

        await eventually(relieved, "the memory is free again")
        newcomer = await eventually(lambda: try_user(cluster, "newcomer"), "a newcomer is in", 5)
        await newcomer.alive()
        for one in slow:
            one.drop()
