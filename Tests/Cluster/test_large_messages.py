"""Messages of every size up to the largest that `--max-message` allows, through a gateway and straight at a node.

A link carries a large message in chunks of `CHUNK` bytes and at most `WINDOW` bytes of a session's messages at once, so the
sizes around both, around the default limit and around the largest one are where something could break.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from calls import escaped
from cluster import Cluster
from programs import Program
from waiting import SLOWNESS, eventually

KIB, MIB = 1 << 10, 1 << 20
CHUNK = 64 * KIB - 12
WINDOW = 256 * KIB
LARGEST = 64 * MIB
LIMITS = ("--max-message", "64MiB")
SIZES = [
    0, 1, 125, 126, 65535, 65536, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 4 * CHUNK - 1, 4 * CHUNK,
    4 * CHUNK + 1, 5 * CHUNK, WINDOW - 1, WINDOW, WINDOW + 1, MIB - 1, MIB, MIB + 1, MIB + 64 * KIB + 1, 4 * MIB + 1,
]
WAYS = ("gateway", "direct")


def echo(folder, *, limits: tuple = LIMITS, **options) -> Cluster:
    """A node that echoes, and a gateway before it."""
    return Cluster(
        folder, nodes=1, gateways=1, node_options=("--application", "echo", *limits), gateway_options=limits, **options)


def client(cluster: Cluster, way: str, name: str = "alice"):
    address = cluster.gateways[0].ready["data"] if way == "gateway" else cluster.nodes["node-1"].ready["direct"]
    return connect(
        f"ws://{address}/chat?user={escaped(name)}", compression=None, max_size=None, proxy=None, ping_interval=None,
        open_timeout=15 * SLOWNESS)


def binary(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def text(size: int) -> str:
    """Exactly `size` bytes of UTF-8, with characters of two and four bytes that no chunk's border respects."""
    piece = ("a" * 4093 + "é" + "b" * 4090 + "😀") * (size // 8000 + 1)
    cut = piece.encode()[:size].decode(errors="ignore")
    return cut + "x" * (size - len(cut.encode()))


def resident(program: Program) -> int:
    """Bytes of a running program's resident set."""
    status = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * KIB for line in status if line.startswith("VmRSS:"))


async def answered(socket, message: str | bytes, seconds: float = 30) -> None:
    """Sends and receives at the same time: what is echoed must be the very same."""
    sending = asyncio.create_task(socket.send(message))
    back = await asyncio.wait_for(socket.recv(), seconds * SLOWNESS)
    await sending
    # Not `assert back == message`: pytest would print the difference of megabytes.
    same = back == message
    assert same, f"{len(message)} sent, {len(back)} came back, or others"


@pytest.mark.parametrize("way", WAYS)
async def test_every_size_comes_back_byte_for_byte(folder, way):
    async with echo(folder) as cluster:
        async with client(cluster, way) as socket:
            for size in SIZES:
                await answered(socket, binary(size))
                await answered(socket, text(size))


@pytest.mark.parametrize("way", WAYS)
async def test_the_largest_messages_pass_and_their_memory_returns(folder, way):
    async with echo(folder) as cluster:
        async with client(cluster, way) as socket:
            await answered(socket, binary(MIB))
            programs = [cluster.gateways[0], cluster.nodes["node-1"]]
            before = {p.name: resident(p) for p in programs}
            for message in (binary(16 * MIB), text(16 * MIB), binary(LARGEST - 1), binary(LARGEST)):
                await answered(socket, message, 60)
            await answered(socket, b"after")
            for program in programs:
                bound = before[program.name] + 8 * MIB
                await eventually(lambda: resident(program) < bound, f"{program.name} gives its memory back")


@pytest.mark.parametrize("way", WAYS)
async def test_messages_sent_one_behind_the_other_come_back_in_order(folder, way):
    sizes = [CHUNK + 1, 10, 3 * MIB, 0, 2 * CHUNK, WINDOW + 7, 16 * MIB, 5, MIB, 16 * MIB, 1]
    async with echo(folder) as cluster:
        async with client(cluster, way) as socket:
            async def send():
                for size in sizes:
                    await socket.send(binary(size))

            sending = asyncio.create_task(send())
            for size in sizes:
                back = await asyncio.wait_for(socket.recv(), 30 * SLOWNESS)
                same = back == binary(size)
                assert same, f"{len(back)} bytes instead of {size}"
            await sending


async def test_a_neighbour_on_the_same_link_keeps_getting_answers(folder):
    async with echo(folder, settings={}) as cluster:
        async with client(cluster, "gateway", "large") as large, client(cluster, "gateway", "small") as small:
            done = asyncio.Event()

            async def move():
                for _ in range(4):
                    await answered(large, binary(16 * MIB), 60)
                done.set()

            moving = asyncio.create_task(move())
            slowest, count = 0.0, 0
            while not done.is_set():
                start = asyncio.get_running_loop().time()
                await answered(small, f"{count}", 5)
                slowest = max(slowest, asyncio.get_running_loop().time() - start)
                count += 1
                await asyncio.sleep(0)
            await moving
            assert count >= 20, f"{count} answers, the slowest after {slowest:.3f} s"


async def refused(socket, message: bytes) -> int:
    """Sends a message that is not taken; the close code that comes instead of an answer."""
    with pytest.raises(ConnectionClosed):
        await socket.send(message)
        await asyncio.wait_for(socket.recv(), 30 * SLOWNESS)
    await socket.wait_closed()
    return socket.close_code


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("limit", [MIB, 16 * MIB])
async def test_a_message_at_the_limit_passes_and_a_byte_more_is_1009(folder, way, limit):
    async with echo(folder, limits=("--max-message", f"{limit // MIB}MiB")) as cluster:
        # Not `async with`: the library cannot leave a connection twice that was closed while it still sent.
        socket = await client(cluster, way)
        async with client(cluster, way, "neighbour") as neighbour:
            await answered(socket, binary(limit))
            assert await refused(socket, binary(limit + 1)) == 1009
            await answered(neighbour, "still here")


async def test_a_node_that_takes_less_than_its_gateway_closes_with_1009(folder):
    cluster = Cluster(
        folder, nodes=1, gateways=1, node_options=("--application", "echo"), gateway_options=LIMITS)
    async with cluster:
        socket = await client(cluster, "gateway")
        async with client(cluster, "gateway", "neighbour") as neighbour:
            await answered(socket, binary(MIB))
            assert await refused(socket, binary(16 * MIB)) == 1009
            await answered(neighbour, binary(MIB))
