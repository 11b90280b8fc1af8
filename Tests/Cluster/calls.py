"""HTTP/1.1 as bytes on a socket: small enough to send what no HTTP library lets one send."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import quote

from waiting import SLOWNESS


@dataclass
class Answer:
    """What came back: status, headers with lower-case names, the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def escaped(user: str | bytes) -> str:
    """Percent-encodes a user for a query or a path."""
    return quote(user, safe="")


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        if line:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
    status = int(lines[0].split(" ")[1])
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif status == 101 or status == 204:
        body = b""
    else:
        body = await reader.read()
    return Answer(status, headers, body)


class Line:
    """One connection that carries many requests, one after the other."""

    def __init__(self, address: str):
        self.address = address

    async def __aenter__(self) -> "Line":
        self.reader, self.writer = await asyncio.open_connection(*split(self.address))
        return self

    async def __aexit__(self, *_) -> None:
        self.writer.close()

    async def read(self) -> Answer:
        """The next answer to what was written by hand."""
        return await asyncio.wait_for(read_answer(self.reader), 10 * SLOWNESS)

    async def call(self, method: str, path: str, body=None, headers: dict[str, str] | None = None) -> Answer:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.address}"]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        return await asyncio.wait_for(read_answer(self.reader), 10 * SLOWNESS)


async def call(method: str, address: str, path: str, body=None, headers: dict[str, str] | None = None) -> Answer:
    """One request on a connection of its own."""
    async with Line(address) as line:
        return await line.call(method, path, body, {"Connection": "close", **(headers or {})})


async def raw(address: str, request: bytes, seconds: float = 10) -> tuple[Answer | None, bool]:
    """Sends bytes as they are. Answers what came back (None if nothing did), and whether the other side then closed."""
    reader, writer = await asyncio.open_connection(*split(address))
    try:
        writer.write(request)
        answer = None
        try:
            answer = await asyncio.wait_for(read_answer(reader), seconds * SLOWNESS)
            closed = await asyncio.wait_for(reader.read(1), 2 * SLOWNESS) == b""
        except (asyncio.IncompleteReadError, ConnectionError):
            closed = True
        except asyncio.TimeoutError:
            closed = False
        return answer, closed
    finally:
        writer.close()
