"""A thousand connections that take their time: with the head, with a body nobody asked for, with the answer."""

from __future__ import annotations

import asyncio

import pytest

from calls import call
from rawsocket import RawSocket, connect
from waiting import SLOWNESS, eventually, gathered

CLUSTER = {"nodes": 1, "gateways": 1, "gateway_options": ("--head-within", "3s"),
           "node_options": ("--head-within", "3s")}


async def drip(reader, writer, parts: list[bytes]) -> None:
    """Two parts a second, until the other side has enough of it."""
    for part in parts:
        if reader.at_eof() or reader.exception() or writer.is_closing():
            return
        writer.write(part)
        await asyncio.sleep(0.5)


async def half_a_head(reader, writer) -> None:
    writer.write(b"GET /chat?user=slow HTTP/1.1\r\nHost: x\r\nUpgr")


async def nothing(reader, writer) -> None:
    pass


async def a_byte_at_a_time(reader, writer) -> None:
    await drip(reader, writer, [bytes([byte]) for byte in b"GET /chat?user=slow HTTP/1.1\r\nHost: x\r\n"])


async def a_body_in_drips(reader, writer) -> None:
    writer.write(b"POST /chat?user=slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
    await drip(reader, writer, [b"x"] * 100)


async def a_body_in_chunks(reader, writer) -> None:
    writer.write(b"GET /chat?user=slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    await drip(reader, writer, [b"1\r\nx\r\n"] * 100)


KINDS = [(half_a_head, 408), (nothing, 408), (a_byte_at_a_time, 408), (a_body_in_drips, 405), (a_body_in_chunks, 400)]


@pytest.mark.parametrize("through", ["gateway", "node"])
async def test_a_thousand_slow_requests_get_their_answers_and_good_ones_theirs_at_once(shared, through):
    address = shared.gateways[0].ready["data"] if through == "gateway" else shared.nodes["node-1"].ready["direct"]
    sending = []

    async def start(number: int):
        kind, status = KINDS[number % len(KINDS)]
        reader, writer = await connect(address)
        sending.append(asyncio.create_task(kind(reader, writer)))
        return reader, writer, status

    crowd = await gathered([start(i) for i in range(1000)], 50)
    for number in range(20):
        good = await RawSocket.open(address, f"/chat?user=good-{number}")
        await good.message()
        good.drop()
    for reader, writer, status in crowd:
        try:
            answer = await asyncio.wait_for(reader.read(), 10 * SLOWNESS)
            assert answer.startswith(b"HTTP/1.1 %d " % status), (status, answer)
        except ConnectionError:
            # Who goes on sending after our close may be cut off before it has read the answer.
            assert status in (405, 400)
    for task in sending:
        task.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    for _, writer, _ in crowd:
        writer.transport.abort()
    await empty(shared)


async def empty(shared) -> None:
    for program in (shared.gateways[0], shared.nodes["node-1"]):
        async def gone():
            return (await shared.metrics(program)).value("ringway_connections") == 0

        await eventually(gone, f"{program.name} has no connection left")


async def test_who_never_reads_its_refusal_is_gone_all_the_same(shared):
    address = shared.gateways[0].ready["data"]
    crowd = [await connect(address, receive_buffer=4096) for _ in range(300)]
    for reader, writer in crowd:
        writer.transport.pause_reading()
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
    await empty(shared)
    for _, writer in crowd:
        writer.transport.abort()


async def test_a_body_behind_a_request_on_the_admin_port_is_bounded_too(shared):
    admin = shared.gateways[0].ready["admin"]
    answer = await call("POST", admin, "/metrics", b"x" * (8 << 20))
    assert answer.status in (400, 404, 405, 413)
    assert (await call("GET", admin, "/livez")).status == 200
