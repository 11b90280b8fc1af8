"""Frames that are made to hurt, through the gateway and straight at a node: the right close code, and nobody pays for it."""

from __future__ import annotations

import asyncio

import pytest

from memory import Growth
from rawsocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, frame
from waiting import SLOWNESS

CLUSTER = {"nodes": 1, "gateways": 1}
MEMORY_KIB = 4 << 10
ENOUGH = 100_000


async def one_byte_fragments(socket: RawSocket) -> None:
    await socket.send(frame(TEXT, b"a", final=False))
    await socket.send(frame(CONTINUATION, b"a", final=False) * ENOUGH)


async def empty_fragments(socket: RawSocket) -> None:
    await socket.send(frame(BINARY, b"", final=False))
    await socket.send(frame(CONTINUATION, b"", final=False) * ENOUGH)


async def a_63_bit_length(socket: RawSocket) -> None:
    await socket.send(frame(BINARY, b"x" * 1000, announced=(1 << 63) - 1))


async def a_64_bit_length(socket: RawSocket) -> None:
    await socket.send(frame(BINARY, b"x" * 1000, announced=(1 << 64) - 1))


async def many_announced_megabytes(socket: RawSocket) -> None:
    # A megabyte is the limit: announced, but only a little of it ever comes.
    await socket.send(frame(BINARY, b"x" * 100, announced=1 << 20))
    await asyncio.sleep(0.2)
    await socket.send(b"x" * 100)
    socket.writer.write_eof()


async def a_byte_too_many(socket: RawSocket) -> None:
    await socket.send(frame(BINARY, b"x" * ((1 << 20) + 1)))


async def a_byte_too_many_in_fragments(socket: RawSocket) -> None:
    for _ in range(17):
        await socket.send(frame(BINARY if _ == 0 else CONTINUATION, b"x" * 65_536, final=False))


async def pings(socket: RawSocket) -> None:
    await socket.send(frame(PING, b"p" * 125) * ENOUGH)


async def pongs(socket: RawSocket) -> None:
    await socket.send(frame(PONG, b"p" * 125) * ENOUGH)


async def closes(socket: RawSocket) -> None:
    await socket.send(frame(CLOSE, b"\x03\xe8") * ENOUGH)


async def closes_with_bad_codes(socket: RawSocket) -> None:
    await socket.send(frame(CLOSE, b"\x03\xed") * ENOUGH)


async def a_long_ping(socket: RawSocket) -> None:
    await socket.send(frame(PING, b"p" * 126))


async def text_that_is_none_in_drips(socket: RawSocket) -> None:
    await socket.send(frame(TEXT, b"\xf0", announced=1 << 19))
    for byte in (0x9F, 0x98, 0x41):
        await asyncio.sleep(0.02)
        await socket.send(bytes([byte]))


ATTACKS = [
    (one_byte_fragments, 1008), (empty_fragments, 1008), (a_63_bit_length, 1009), (a_64_bit_length, 1002),
    (many_announced_megabytes, None), (a_byte_too_many, 1009), (a_byte_too_many_in_fragments, 1009), (pings, 1008),
    (pongs, 1008), (closes, 1000), (closes_with_bad_codes, 1002), (a_long_ping, 1002),
    (text_that_is_none_in_drips, 1007),
]


def door(shared, name: str) -> str:
    return shared.gateways[0].ready["data"] if name == "gateway" else shared.nodes["node-1"].ready["direct"]


@pytest.mark.parametrize("through", ["gateway", "node"])
@pytest.mark.parametrize("attack, code", ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
async def test_it_is_closed_with_its_code_costs_no_memory_and_disturbs_no_neighbour(shared, through, attack, code):
    address = door(shared, through)
    neighbour = await RawSocket.open(address, "/chat?user=neighbour")
    await neighbour.message()
    programs = (shared.gateways[0], shared.nodes["node-1"])
    async with Growth(*programs) as growth:
        for number in range(3):
            socket = await RawSocket.open(address, f"/chat?user=hostile-{number}")
            await socket.message()
            sending = asyncio.create_task(attack(socket))
            assert await socket.closed() == code, socket.reason
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            socket.drop()
            await hears_itself(neighbour)
    assert all(kib < MEMORY_KIB for kib in growth.kib.values()), (growth.kib, growth.peaks)
    neighbour.drop()


async def hears_itself(neighbour: RawSocket) -> None:
    """The neighbour's own message comes back to it, and so does its result."""
    await neighbour.send(frame(TEXT, b'{"type":"send","id":"1","to":"neighbour","data":"here"}'))
    got = {await neighbour.message(), await neighbour.message()}
    assert any(b'"data":"here"' in text for text in got) and any(b"delivered" in text for text in got), got


@pytest.mark.parametrize("through", ["gateway", "node"])
async def test_thousands_of_empty_messages_are_answered_one_by_one_and_cost_no_memory(shared, through):
    address = door(shared, through)
    neighbour = await RawSocket.open(address, "/chat?user=neighbour")
    await neighbour.message()
    async with Growth(shared.gateways[0], shared.nodes["node-1"]) as growth:
        socket = await RawSocket.open(address, "/chat?user=hostile")
        await socket.message()
        sending = asyncio.create_task(socket.send(frame(BINARY) * 5000))
        await hears_itself(neighbour)
        # Each is a message the protocol does not know, and each gets its answer.
        for _ in range(5000):
            assert b'"error"' in await socket.message(60)
        await sending
        socket.drop()
        await hears_itself(neighbour)
    assert all(kib < MEMORY_KIB for kib in growth.kib.values()), (growth.kib, growth.peaks)
    neighbour.drop()


@pytest.mark.parametrize("through", ["gateway", "node"])
async def test_a_message_that_comes_in_drips_holds_no_more_than_what_came(shared, through):
    address = door(shared, through)
    neighbour = await RawSocket.open(address, "/chat?user=neighbour")
    await neighbour.message()
    async with Growth(shared.gateways[0], shared.nodes["node-1"]) as growth:
        sockets = [await RawSocket.open(address, f"/chat?user=drip-{i}") for i in range(50)]
        for socket in sockets:
            await socket.send(frame(BINARY, b"x", announced=1 << 20))
        for _ in range(20):
            for socket in sockets:
                await socket.send(b"x")
            await asyncio.sleep(0.02)
        await hears_itself(neighbour)
        for socket in sockets:
            socket.drop()
    assert all(kib < MEMORY_KIB for kib in (*growth.kib.values(), *growth.peaks.values())), (growth.kib, growth.peaks)
    neighbour.drop()


@pytest.mark.deadline(240)
async def test_one_who_reads_nothing_is_closed_with_4009_and_a_thousand_others_lose_nothing(shared):
    gateway = shared.gateways[0]
    address = gateway.ready["data"]
    others = []
    for start in range(0, 1000, 100):
        others += await asyncio.gather(*(RawSocket.open(address, f"/chat?user=o{start + i}") for i in range(100)))
    await asyncio.gather(*(other.message(30) for other in others))
    slow = await RawSocket.open(address, "/chat?user=slow", receive_buffer=4096)
    flooder = await RawSocket.open(address, "/chat?user=flooder")
    await flooder.message()
    stop = asyncio.Event()

    async def flood() -> None:
        payload = b'{"type":"send","id":"f","to":"slow","data":"' + b"y" * 60_000 + b'"}'
        while not stop.is_set():
            await flooder.send(frame(TEXT, payload))
            await flooder.message(30)

    async def talk(number: int) -> None:
        """Twenty numbers to the next one, as twenty come from the one before."""
        me, to = others[number], (number + 1) % 1000
        wanted = []
        for count in range(20):
            await me.send(frame(TEXT, b'{"type":"send","id":"%d","to":"o%d","data":%d}' % (count, to, count)))
            while len([m for m in me.messages if b'"message"' in m]) < count + 1 - 1:
                await me.message(30)
            wanted.append(count)
        while sum(b'"message"' in m for m in me.messages) < 20 or sum(b'"result"' in m for m in me.messages) < 20:
            await me.message(30)
        assert [int(m.rsplit(b":", 1)[1].rstrip(b"}")) for m in me.messages if b'"message"' in m] == wanted

    flooding = asyncio.create_task(flood())
    await asyncio.gather(*(talk(i) for i in range(1000)))

    async def closed_4009() -> bool:
        closes = (await shared.metrics(gateway)).value("ringway_closes_total", code="4009")
        closes += (await shared.metrics(shared.nodes["node-1"])).value("ringway_closes_total", code="4009")
        return closes > 0

    deadline = asyncio.get_running_loop().time() + 30 * SLOWNESS
    while not await closed_4009():
        assert asyncio.get_running_loop().time() < deadline, "the slow one is still in"
        await asyncio.sleep(0.1)
    stop.set()
    await flooding
    # It reads at last: what was on its way, then why.
    assert await slow.closed() in (4009, None)
    for one in (*others, slow, flooder):
        one.drop()
