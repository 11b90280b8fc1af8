"""The link protocol once more, from docs/reference/links.md and not from the product's code: a caller, and a node that
behaves as a test tells it to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import struct
from dataclasses import dataclass

from calls import split
from waiting import SLOWNESS

HELLO, ANSWER, ATTACH, ATTACHED, TEXT, PING, FORWARD, CHALLENGE, PROOF = 1, 2, 3, 4, 7, 11, 13, 16, 17
GATEWAY, NODE, REGISTRY = 1, 2, 3


def framed(part: bytes) -> bytes:
    return struct.pack("<I", len(part)) + part


def counted(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<H", len(data)) + data


def proof_of_link(secret: bytes, label: str, caller: bytes, node: bytes, hello: bytes) -> bytes:
    parts = (b"ringway-link-3", label.encode(), caller, node, hello)
    return hmac.new(secret, b"".join(map(framed, parts)), hashlib.sha256).digest()


def proof_of_registration(key: bytes, nonce: bytes, node: str, incarnation: int, service: str) -> bytes:
    parts = (b"ringway-registration-3", nonce, node.encode(), struct.pack("<Q", incarnation), service.encode())
    return hmac.new(key, b"".join(map(framed, parts)), hashlib.sha256).digest()


def frame(kind: int, payload: bytes = b"", leg: int = 0) -> bytes:
    return struct.pack("<IIBBH", len(payload), leg, kind, 0, 0) + payload


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes] | None:
    """The kind and the payload of the next frame; None at the end."""
    try:
        head = await reader.readexactly(12)
        length, _, kind, _, _ = struct.unpack("<IIBBH", head)
        return kind, await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


@dataclass
class Hello:
    """What a caller says first."""

    role: int
    service: str
    sender: str
    target: str
    loop: int
    nonce: bytes
    asks: bool
    version: int = 3
    epoch: int = 0

    @property
    def payload(self) -> bytes:
        return (struct.pack("<HB", self.version, self.role) + counted(self.service) + counted(self.sender)
                + counted(self.target) + struct.pack("<HQ", self.loop, self.epoch) + self.nonce + bytes([self.asks]))

    @classmethod
    def read(cls, data: bytes) -> "Hello":
        version, role = struct.unpack_from("<HB", data)
        texts, place = [], 3
        for _ in range(3):
            (count,) = struct.unpack_from("<H", data, place)
            texts.append(data[place + 2:place + 2 + count].decode())
            place += 2 + count
        loop, epoch = struct.unpack_from("<HQ", data, place)
        place += 10
        return cls(role, *texts, loop, data[place:place + 32], data[place + 32] == 1, version, epoch)


class Caller:
    """Opens a link as somebody who knows these secrets, or none."""

    def __init__(self, address: str, secret: bytes | None):
        self.address, self.secret = address, secret

    async def open(self, target: str, *, service: str = "chat", role: int = GATEWAY, loop: int = 0,
                   version: int = 3) -> tuple[bool, str]:
        """Whether the link is open, and if not, why."""
        self.reader, self.writer = await asyncio.open_connection(*split(self.address))
        hello = Hello(role, service, "test", target, loop, os.urandom(32), self.secret is not None, version)
        self.writer.write(frame(HELLO, hello.payload))
        while True:
            got = await asyncio.wait_for(read_frame(self.reader), 8 * SLOWNESS)
            if got is None:
                return False, "hung up"
            kind, payload = got
            if kind == CHALLENGE:
                if self.secret is None:
                    return False, "challenged"
                nonce, proof = payload[:32], payload[32:]
                self.is_node_proven = proof == proof_of_link(
                    self.secret, "node", hello.nonce, nonce, hello.payload)
                self.writer.write(frame(PROOF, proof_of_link(
                    self.secret, "caller", hello.nonce, nonce, hello.payload)))
            elif kind == ANSWER:
                return (True, "") if payload[0] == 1 else (False, payload[4:].decode())
            else:
                return False, f"kind {kind}"

    def attach(self, user: str, epoch: int, leg: int = 0x01000000) -> None:
        self.writer.write(frame(
            ATTACH, struct.pack("<Q", epoch) + os.urandom(16) + counted(user) + counted("127.0.0.1:1") + counted("")
            + counted(f"/chat?user={user}"), leg))

    async def next(self, seconds: float = 5) -> tuple[int, bytes] | None:
        return await asyncio.wait_for(read_frame(self.reader), seconds * SLOWNESS)

    def close(self) -> None:
        self.writer.close()


class FakeNode:
    """A link port that takes links as a node called `name` would, with what it knows: the link secret or another or none,
    the proof key of a registration or another or none. `heard` is every frame behind the handshake."""

    def __init__(self, name: str, *, secret: bytes | None = None, key: bytes | None = None, incarnation: int = 7,
                 service: str = "chat"):
        self.name, self.secret, self.key = name, secret, key
        self.incarnation, self.service = incarnation, service
        self.hellos: list[Hello] = []
        self.heard: list[tuple[int, bytes]] = []

    async def __aenter__(self) -> "FakeNode":
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_) -> None:
        self.server.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def registration(self, **changes) -> dict:
        body = {"id": self.name, "incarnation": self.incarnation, "kind": "ringway", "address": self.address,
                "url": f"ws://{self.address}/{self.service}", "weight": 100, "zone": "", "loops": 1,
                "proof_key": (self.key or os.urandom(32)).hex(), **changes}
        return {name: value for name, value in body.items() if value is not ...}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = await read_frame(reader)
        if got is None or got[0] != HELLO:
            return writer.close()
        hello = Hello.read(got[1])
        self.hellos.append(hello)
        if self.secret is not None and hello.asks:
            nonce = os.urandom(32)
            writer.write(frame(CHALLENGE, nonce + proof_of_link(
                self.secret, "node", hello.nonce, nonce, hello.payload)))
            got = await read_frame(reader)
            if got is None:
                return writer.close()
        proof = b"\0"
        if hello.role == REGISTRY and self.key is not None:
            proof = b"\1" + proof_of_registration(self.key, hello.nonce, self.name, self.incarnation, self.service)
        writer.write(frame(
            ANSWER, b"\1" + counted(self.name) + struct.pack("<QHQ", self.incarnation, 1, 0) + proof))
        while got := await read_frame(reader):
            self.heard.append(got)
        writer.close()
