"""A redis-server of the test's own, and the few lines of RESP that the tests speak to it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

from waiting import SLOWNESS, eventually


def free_port() -> int:
    """A port that nothing listens on now; taken at once by whoever asked."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RedisFault(Exception):
    """Redis answered with an error."""


class RedisServer:
    """redis-server without persistence, in its own folder, ended by its own pid."""

    def __init__(self, folder: Path, *options: str, port: int | None = None):
        self.folder, self.options = folder, options
        self.port = port or free_port()
        self.process: asyncio.subprocess.Process | None = None
        self.password: str | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def socket_path(self) -> str:
        return str(self.folder / "redis.sock")

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "redis.log", "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                "--dir", str(self.folder), "--unixsocket", self.socket_path, *self.options,
                stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL)

        async def answers() -> bool:
            assert self.process.returncode is None, f"redis-server ended, see {self.folder}/redis.log"
            return await self.command("PING") == "PONG"

        await eventually(answers, "redis-server answers")

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    async def kill(self) -> None:
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> None:
        if self.process and self.process.returncode is None:
            self.signal(signal.SIGCONT)
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), 10 * SLOWNESS)

    async def command(self, *arguments: str | bytes | int):
        """One command on a connection of its own."""
        async with RedisLine(self.port, self.password) as line:
            return await line.command(*arguments)

    async def fields(self, key: str) -> dict[str, bytes]:
        """A hash as HGETALL shows it."""
        flat = await self.command("HGETALL", key)
        return {flat[i].decode(): flat[i + 1] for i in range(0, len(flat), 2)}


class RedisLine:
    """A connection: commands one at a time, or pushed messages after SUBSCRIBE."""

    def __init__(self, port: int, password: str | None = None):
        self.port, self.password = port, password

    async def __aenter__(self) -> "RedisLine":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        if self.password:
            await self.command("AUTH", self.password)
        return self

    async def __aexit__(self, *_) -> None:
        self.writer.close()

    async def command(self, *arguments: str | bytes | int):
        parts = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
        self.writer.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        return await asyncio.wait_for(self.reply(), 10 * SLOWNESS)

    async def reply(self):
        line = (await self.reader.readuntil(b"\r\n"))[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise RedisFault(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else (await self.reader.readexactly(int(rest) + 2))[:-2]
        assert kind == b"*", line
        return None if rest == b"-1" else [await self.reply() for _ in range(int(rest))]
