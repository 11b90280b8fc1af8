"""A session of a `ringway.v1` client, by hand, on PyPI's `websockets`: its sockets come and go, it stays."""

from __future__ import annotations

import asyncio
import json

from cluster import Cluster
from users import User


class Socket(User):
    """One socket of such a session."""

    session: "Resumable | None" = None

    def take(self, frame: str | bytes) -> None:
        super().take(frame)
        if self.session:
            self.session.take(json.loads(frame), self)


class Resumable:
    """What a client keeps from socket to socket: what it sent and got, how far it came, and what lets it return."""

    def __init__(self, cluster: Cluster, name: str):
        self.cluster, self.name = cluster, name
        self.socket: Socket | None = None
        self.resume: str | None = None
        self.position = (0, 0)
        self.generation = 0
        self.n = 0
        self.unresolved: dict[int, str] = {}
        self.results: dict[int, list[str]] = {}
        self.marks: dict[str, int] = {}
        self.messages: list[dict] = []
        self.doubles = 0
        self.kinds: list[str] = []
        self.resumed: dict | None = None
        self.acknowledging = True
        self.sending: set[asyncio.Task] = set()

    async def come(self, gateway: int, **more) -> "Resumable":
        """Opens, or returns with what it has; it is at home when this is over."""
        query = {"user": self.name}
        if self.resume:
            self.generation += 1
            query |= {"resume": self.resume, "generation": self.generation, "position": "%d-%d" % self.position}
        query |= more
        self.kinds, self.resumed = [], None
        address = self.cluster.gateways[gateway].ready["data"]
        text = "&".join(f"{name}={value}" for name, value in query.items())
        self.socket = await Socket.open(
            f"ws://{address}/chat?{text}", self.name, welcomed=False, subprotocols=["ringway.v1"])
        self.socket.session = self
        self.cluster.users.append(self.socket)
        assert self.socket.socket.subprotocol == "ringway.v1"
        await self.until(lambda: "home" in self.kinds, "a home")
        for frame in list(self.unresolved.values()):
            await self.socket.socket.send(frame)
        return self

    def take(self, frame: dict, socket: Socket) -> None:
        if socket is not self.socket:
            return
        kind = frame["type"]
        self.kinds.append(kind)
        self.resume = frame.get("resume", self.resume)
        if kind == "resumed":
            self.resumed = frame
        elif kind == "message":
            if self.marks.get(frame["sender"], 0) < frame["n"]:
                self.marks[frame["sender"]] = frame["n"]
                self.messages.append(frame)
            else:
                self.doubles += 1
        elif kind == "result":
            number = int(frame["id"])
            self.results.setdefault(number, []).append(frame["status"])
            if frame["status"] != "accepted":
                self.unresolved.pop(number, None)
        if "position" in frame and kind in ("message", "home"):
            epoch, k = frame["position"].split("-")
            self.position = max(self.position, (int(epoch), int(k)))
            if self.acknowledging:
                self.acknowledge()

    def acknowledge(self) -> None:
        self.later({"type": "ack", "position": "%d-%d" % self.position})

    def later(self, frame: dict) -> None:
        task = asyncio.create_task(self.write(json.dumps(frame)))
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)

    async def write(self, text: str) -> None:
        try:
            await self.socket.socket.send(text)
        except Exception:  # noqa: BLE001 - the socket is gone; what matters is sent again by the next one.
            pass

    async def send(self, to: str, data) -> int:
        """Sends a message that is sent again until it has its last result."""
        self.n += 1
        self.unresolved[self.n] = json.dumps(
            {"type": "send", "id": f"{self.n}", "to": to, "data": data, "class": "reliable", "n": self.n})
        await self.write(self.unresolved[self.n])
        return self.n

    async def until(self, condition, what: str, seconds: float = 15):
        await self.socket.until(lambda: condition() or self.socket.end, what, seconds)
        assert condition(), f"{self.name}: closed with {self.socket.end} before {what}; got {self.kinds[-10:]}"

    async def all_resolved(self, seconds: float = 40) -> None:
        await self.until(lambda: not self.unresolved, f"the last results of {len(self.unresolved)}", seconds)

    async def all_accepted(self, seconds: float = 40) -> None:
        """Every send has its last result or was accepted: if its node died then, the last one is the client's own `unknown`."""
        def settled():
            return all("accepted" in self.results.get(number, []) for number in self.unresolved)

        await self.until(settled, f"an answer to each of {len(self.unresolved)}", seconds)

    def data(self) -> list:
        return [m["data"] for m in self.messages]
