"""A gateway and a node that do not keep to the rules of a session's messages: that session ends with the right code, and its
neighbours on the same link notice nothing. Both are played by the tests' own words of the link protocol."""

from __future__ import annotations

import asyncio
import os
import struct
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from calls import escaped
from cluster import Cluster
from links import ATTACH, ATTACHED, TEXT, Caller, FakeNode, counted, frame
from waiting import SLOWNESS, eventually

BINARY, CREDIT, CLOSE, MORE = 8, 9, 10, 1
CHUNK = 64 * 1024 - 12
WINDOW = 256 * 1024
MIB = 1 << 20
FULL = b"x" * CHUNK
TORN = b"x" * (CHUNK - 1) + b"\xe2"

# What is said instead of a message (kind, payload, flags), and the rule that it breaks, as its close code.
BROKEN = {
    "bad text": ([(TEXT, b"\xff", 0)], 1007),
    "overlong text": ([(TEXT, b"\xc0\x80", 0)], 1007),
    "a surrogate": ([(TEXT, b"\xed\xa0\x80", 0)], 1007),
    "half a character": ([(TEXT, b"abc\xf0\x9d\x84", 0)], 1007),
    "a character torn at a chunk's end": ([(TEXT, TORN, MORE), (TEXT, b"A", 0)], 1007),
    "a character that never ends": ([(TEXT, TORN, MORE), (TEXT, b"\x82", 0)], 1007),
    "another kind": ([(TEXT, FULL, MORE), (BINARY, b"x", 0)], 1011),
    "an empty chunk": ([(BINARY, b"", MORE)], 1011),
    "a short chunk": ([(BINARY, FULL, MORE), (BINARY, FULL[1:], MORE)], 1011),
    "chunks without end": ([(BINARY, FULL, MORE)] * 64, 1009),
    "a message that is too large": ([(BINARY, FULL, MORE)] * 18 + [(BINARY, FULL, 0)], 1009),
}


def message(kind: int, payload: bytes, flags: int, leg: int) -> bytes:
    return struct.pack("<IIBBH", len(payload), leg, kind, flags, 0) + payload


class Gateway(Caller):
    """A link to a node's loop, and what comes back on each leg."""

    async def frames(self):
        while True:
            length, leg, kind, flags, _ = struct.unpack("<IIBBH", await self.reader.readexactly(12))
            yield kind, leg, await self.reader.readexactly(length)

    async def attached(self, user: str, epoch: int, leg: int) -> None:
        self.attach(user, epoch, leg)
        kind, got, payload = await anext(self.frames())
        assert (kind, got) == (ATTACHED, leg), (kind, payload)

    async def ended(self, frames: list, leg: int) -> int:
        """Sends these within the leg's credit; the code of the close that comes."""
        balance = WINDOW
        waiting = list(frames)
        while True:
            while waiting and balance > 0:
                kind, payload, flags = waiting.pop(0)
                self.writer.write(message(kind, payload, flags, leg))
                balance -= len(payload) + 12
            kind, got, payload = await asyncio.wait_for(anext(self.frames()), 10 * SLOWNESS)
            assert got == leg, "what one leg breaks, no other hears of"
            if kind == CLOSE:
                return struct.unpack_from("<H", payload)[0]
            assert kind == CREDIT, f"kind {kind} instead of a close"
            balance += struct.unpack("<I", payload)[0]

    async def echoed(self, leg: int) -> None:
        words = os.urandom(8).hex().encode()
        self.writer.write(message(TEXT, words, 0, leg))
        kind, got, payload = await asyncio.wait_for(anext(self.frames()), 10 * SLOWNESS)
        assert (kind, got, payload) == (TEXT, leg, words)


async def test_a_gateway_that_breaks_rules_ends_that_session_only(folder):
    async with Cluster(folder, nodes=1, gateways=0, node_options=("--application", "echo")) as cluster:
        node = cluster.nodes["node-1"]
        ring = await cluster.ring()
        users = iter(user for user in (f"u{i}" for i in range(1000)) if ring.position(user) % 2 == 0)
        gateway = Gateway(node.ready["link"], None)
        assert await gateway.open("node-1", loop=0) == (True, "")
        neighbour = 0x01000000
        await gateway.attached(next(users), ring.epoch, neighbour)
        for number, (name, (frames, code)) in enumerate(BROKEN.items(), 1):
            leg = 0x01000000 + number
            await gateway.attached(next(users), ring.epoch, leg)
            assert await gateway.ended(frames, leg) == code, name
            await gateway.echoed(neighbour)
        metrics = await cluster.metrics(node)
        for code in (1007, 1009, 1011):
            broken = sum(1 for _, expected in BROKEN.values() if expected == code)
            assert metrics.value("ringway_leg_violations_total", code=str(code)) == broken
        assert metrics.value("ringway_incomplete_messages") == 0
        said = node.log.count("a gateway broke a rule")
        assert 1 <= said < len(BROKEN), f"{said} lines: a second has room for one"
        gateway.close()


class LoudNode(FakeNode):
    """Takes every session; a client's message is answered with what `answers` holds for its text, or echoed."""

    def __init__(self, name: str, answers: dict[str, bytes], **options):
        super().__init__(name, **options)
        self.answers = answers
        self.closes: list[int] = []

    async def serve(self, reader, writer) -> None:
        # What follows the handshake is read by `Legs`, from the same connection.
        await super().serve(Legs(self, reader, writer), writer)


class Legs:
    """A reader that answers the frames of legs as they pass through it."""

    def __init__(self, node: LoudNode, reader, writer):
        self.node, self.reader, self.writer = node, reader, writer
        self.head = b""

    async def readexactly(self, count: int) -> bytes:
        data = await self.reader.readexactly(count)
        if not self.head:
            self.head = data
            if struct.unpack_from("<I", data)[0] > 0:
                return data
            data = b""
        self.take(*struct.unpack("<IIBBH", self.head)[1:3], data)
        head, self.head = self.head, b""
        return data or head

    def take(self, leg: int, kind: int, payload: bytes) -> None:
        if kind == ATTACH:
            self.writer.write(frame(ATTACHED, struct.pack("<I", WINDOW), leg))
        elif kind == CLOSE:
            self.node.closes.append(struct.unpack_from("<H", payload)[0])
        elif kind == TEXT:
            for kind, part, flags in self.node.answers.get(payload.decode(), [(TEXT, payload, 0)]):
                self.writer.write(message(kind, part, flags, leg))


CODES = (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)
CLOSES = {f"code {code}": [(CLOSE, struct.pack("<H", code) + counted("x"), 0)] for code in CODES}
CLOSES["bad reason"] = [(CLOSE, struct.pack("<H", 4001) + counted(b"\xff\xfe"), 0)]
CLOSES["long reason"] = [(CLOSE, struct.pack("<H", 4001) + counted("é" * 500), 0)]


@asynccontextmanager
async def loud_node(cluster: Cluster, answers: dict):
    """A fake node that is up, and stays so."""
    async with LoudNode("loud", answers, key=os.urandom(32)) as node:
        body = node.registration()
        answer = await cluster.api("POST", "/v1/services/chat/nodes", body)
        assert answer.status == 201, answer

        async def beat():
            while True:
                await cluster.api("PUT", "/v1/services/chat/nodes/loud/heartbeat", {
                    "incarnation": node.incarnation, "epoch": 0, "sessions": 0})
                await asyncio.sleep(0.5)

        beating = asyncio.create_task(beat())
        try:
            await cluster.settled({"loud"})
            yield node
        finally:
            beating.cancel()


def client(cluster: Cluster, name: str):
    return connect(
        f"ws://{cluster.gateways[0].ready['data']}/chat?user={escaped(name)}", compression=None, max_size=None,
        proxy=None, ping_interval=None, open_timeout=15 * SLOWNESS)


async def ending(cluster: Cluster, number: int, words: str) -> tuple[int, str]:
    async with client(cluster, f"u{number}") as socket:
        await socket.send(words)
        with pytest.raises(ConnectionClosed):
            got = await asyncio.wait_for(socket.recv(), 10 * SLOWNESS)
            raise AssertionError(f"{words}: {len(got)} bytes reached the client")
        return socket.close_code, socket.close_reason


async def test_a_node_that_breaks_rules_ends_that_session_only(folder):
    answers = {name: frames for name, (frames, _) in BROKEN.items()} | CLOSES
    async with Cluster(folder, nodes=0, gateways=1) as cluster, loud_node(cluster, answers) as node:
        # One link per loop of the gateway; with several neighbours each link has one.
        neighbours = [await client(cluster, f"neighbour-{number}") for number in range(6)]

        async def undisturbed() -> None:
            for socket in neighbours:
                await socket.send("hello")
                assert await asyncio.wait_for(socket.recv(), 10 * SLOWNESS) == "hello"

        for number, (name, (_, code)) in enumerate(BROKEN.items()):
            assert await ending(cluster, number, name) == (1011, ""), name
            await eventually(lambda: node.closes[-1:] == [code], f"the node hears {code} for {name}")
            await undisturbed()
        for number, name in enumerate(CLOSES):
            code, reason = await ending(cluster, number, name)
            if name == "bad reason":
                assert (code, reason) == (4001, "")
            elif name == "long reason":
                assert (code, reason) == (4001, "é" * 61)
            else:
                assert (code, reason) == (1011, ""), name
            await undisturbed()
        metrics = await cluster.metrics(cluster.gateways[0])
        assert metrics.value("ringway_leg_violations_total", code="1002") == len(CODES)
        assert metrics.value("ringway_leg_violations_total", code="1009") == 2
        for socket in neighbours:
            await socket.close()
