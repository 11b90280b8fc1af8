"""A server of `ringway.v1` that does what a test says, frame by frame, and serves the browser module beside it."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from waiting import SLOWNESS

MODULE = Path(__file__).resolve().parents[2] / "Sources" / "Gateway" / "Web" / "ringway.js"


class Peer:
    """One WebSocket of a client."""

    def __init__(self, connection: ServerConnection):
        self.connection = connection
        self.offered = connection.request.headers.get("Sec-WebSocket-Protocol", "").split(", ")
        target = urlsplit(connection.request.path)
        self.path = target.path
        # `+` is a plus for our servers.
        self.query = dict(parse_qsl(target.query.replace("+", "%2B")))

    async def say(self, type: str, **members) -> None:
        await self.connection.send(json.dumps({"type": type, **members}))

    async def welcome(self, session: str = "s1", **members) -> None:
        await self.say("welcome", **{
            "service": "chat", "user": "alice", "session": session, "node": "node-1", "epoch": 5, "resume": "t1",
            "position": "5-0", **members})

    async def message(self, position: str, n: int, sender: str = "a" * 32, data=None, **members) -> None:
        await self.say("message", **{
            "from": "bob", "data": n if data is None else data, "position": position, "sender": sender, "n": n, **members})

    async def result(self, id, status: str, **members) -> None:
        await self.say("result", id=str(id), status=status, **members)

    async def hear(self, type: str | None = None) -> dict:
        """The client's next frame, which is one of that type."""
        async with asyncio.timeout(10 * SLOWNESS):
            frame = json.loads(await self.connection.recv())
        assert type in (None, frame["type"]), f"a frame {type} was expected, not {frame}"
        return frame

    async def hear_nothing(self, seconds: float = 0.2) -> None:
        """Nothing comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                frame = await self.connection.recv()
        except TimeoutError:
            return
        raise AssertionError(f"nothing was expected, not {frame}")

    async def gone(self) -> tuple[int, str]:
        """Waits for the client's end, and gives its code."""
        try:
            async with asyncio.timeout(10 * SLOWNESS):
                while True:
                    await self.connection.recv()
        except ConnectionClosed:
            return self.connection.close_code, self.connection.close_reason

    def drop(self) -> None:
        """Ends the connection without a word."""
        self.connection.transport.abort()

    async def close(self, code: int, reason: str = "") -> None:
        await self.connection.close(code, reason)


class ScriptedServer:
    """Takes clients; each waits in a queue for the test. `async with`."""

    async def __aenter__(self) -> "ScriptedServer":
        self.peers: asyncio.Queue[Peer] = asyncio.Queue()
        self.server = await serve(
            self._serve, "127.0.0.1", 0, subprotocols=["ringway.v1"], process_request=self._plain, compression=None,
            ping_interval=None, close_timeout=1)
        self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_) -> None:
        self.server.close(close_connections=True)
        await self.server.wait_closed()

    async def accept(self) -> Peer:
        """The next client."""
        async with asyncio.timeout(10 * SLOWNESS):
            return await self.peers.get()

    async def _serve(self, connection: ServerConnection) -> None:
        await self.peers.put(Peer(connection))
        await connection.wait_closed()

    def _plain(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade"):
            return None
        types = {"/": "text/html", "/ringway.js": "text/javascript"}
        if request.path not in types:
            return connection.respond(HTTPStatus.NOT_FOUND, "")
        body = MODULE.read_bytes() if request.path == "/ringway.js" else b"<!doctype html><title>page</title>"
        return Response(200, "OK", Headers({"Content-Type": types[request.path], "Content-Length": str(len(body))}), body)
