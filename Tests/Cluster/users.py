"""A person with an open WebSocket, on PyPI's `websockets`: nothing of ours decides what was received."""

from __future__ import annotations

import asyncio
import itertools
import json

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from waiting import SLOWNESS, eventually


class Refused(Exception):
    """The handshake was answered with something else than 101."""

    def __init__(self, status: int, headers, body: bytes):
        super().__init__(f"{status} {body[:200]!r}")
        self.status, self.headers, self.body = status, headers, body


class User:
    """Everything that arrived at one session, in order, and how it ended."""

    def __init__(self, socket, name: str | bytes):
        self.socket, self.name = socket, name
        self.welcome: dict = {}
        self.messages: list[dict] = []
        self.results: dict[str, dict] = {}
        self.stages: dict[str, list[str]] = {}
        self.errors: list[dict] = []
        self.frames: list[str | bytes] = []
        self.ids = itertools.count(1)
        self.arrived = asyncio.Event()
        self.end: tuple[int, str] | None = None
        self.reader = asyncio.create_task(self.read())

    @classmethod
    async def open(cls, url: str, name: str | bytes, *, welcomed: bool = True, **options) -> "User":
        """Connects; raises `Refused` with the answer if it is not 101. Waits for the welcome unless told not to."""
        options.setdefault("compression", None)
        try:
            socket = await connect(
                url, open_timeout=15 * SLOWNESS, close_timeout=5, ping_interval=None, max_queue=None, proxy=None,
                max_size=None, **options)
        except InvalidStatus as refusal:
            response = refusal.response
            raise Refused(response.status_code, response.headers, response.body or b"") from None
        except InvalidHandshake as problem:
            raise AssertionError(f"{url}: {problem!r}") from None
        user = cls(socket, name)
        if welcomed:
            await user.until(lambda: user.welcome or user.end, "a welcome")
            if not user.welcome:
                raise AssertionError(f"{name}: closed with {user.end} instead of a welcome")
        return user

    async def read(self) -> None:
        try:
            async for frame in self.socket:
                self.frames.append(frame)
                self.take(frame)
                self.arrived.set()
        except ConnectionClosed:
            pass
        self.end = (self.socket.close_code or 1006, self.socket.close_reason or "")
        self.arrived.set()

    def take(self, frame: str | bytes) -> None:
        value = json.loads(frame)
        kind = value.get("type")
        if kind == "welcome":
            self.welcome = value
        elif kind == "message":
            self.messages.append(value)
        elif kind == "result":
            self.results[value["id"]] = value
            self.stages.setdefault(value["id"], []).append(value["status"])
        elif kind == "error":
            self.errors.append(value)

    @property
    def node(self) -> str:
        return self.welcome["node"]

    @property
    def is_open(self) -> bool:
        return self.end is None

    async def until(self, condition, what: str, seconds: float = 10):
        """Waits until `condition()` holds; looks again whenever something arrived."""
        async def wait():
            while not (value := condition()):
                self.arrived.clear()
                await self.arrived.wait()
            return value

        try:
            return await asyncio.wait_for(wait(), seconds * SLOWNESS)
        except asyncio.TimeoutError:
            raise AssertionError(
                f"{self.name}: not within {seconds} s: {what}; ended {self.end}, last frames {self.frames[-3:]}"
            ) from None

    async def send(self, to: str, data, **more) -> str:
        """Sends one message and answers its id, without waiting."""
        identifier = more.pop("id", None) or f"m{next(self.ids)}"
        await self.socket.send(json.dumps({"type": "send", "id": identifier, "to": to, "data": data, **more}))
        return identifier

    async def say(self, to: str, data, seconds: float = 10, **more) -> dict:
        """Sends one message and waits for its result."""
        identifier = await self.send(to, data, **more)
        return await self.result(identifier, seconds)

    async def result(self, identifier: str, seconds: float = 10) -> dict:
        await self.until(lambda: identifier in self.results or self.end, f"a result of {identifier}", seconds)
        assert identifier in self.results, f"{self.name}: closed {self.end} before the result of {identifier}"
        return self.results[identifier]

    async def closed(self, seconds: float = 15) -> tuple[int, str]:
        """Waits for the end: close code and reason."""
        await self.until(lambda: self.end, "a close", seconds)
        return self.end

    async def alive(self) -> None:
        """Raises unless the session still carries a message to oneself and back."""
        mark = f"alive-{next(self.ids)}"
        await self.send(self.name, mark)
        await self.until(lambda: self.end or any(m["data"] == mark for m in self.messages), "a message to oneself")
        assert self.end is None, f"{self.name}: closed with {self.end}"

    async def leave(self) -> None:
        """A polite goodbye."""
        if self.is_open:
            await self.socket.close()
        await self.reader

    def drop(self) -> None:
        """Goes away without a word."""
        self.socket.transport.abort()


def reason_of(text: str) -> dict[str, str]:
    """`retry=1200;epoch=17` as a dictionary."""
    return dict(part.split("=", 1) for part in text.split(";") if part)


async def all_closed(users: list[User], seconds: float = 15) -> None:
    await eventually(lambda: all(not u.is_open for u in users), f"{len(users)} sessions are closed", seconds)
