"""A small honest server of `ringway.v1` on a line that breaks: what is sent to `bob` comes back to its sender as bob's."""

from __future__ import annotations

import json
import random

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from scripted_server import Peer, ScriptedServer


class LossyServer(ScriptedServer):
    """One user's session: an outbox until it is acknowledged, a mark against doubles, and a random source of breaks.

    Every third frame or so the connection breaks: before the frame is dealt with, or behind it with the answers lost.
    Messages are also sent twice, under a new position, as a new owner would.
    """

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.taken: list = []
        self.outbox: list[tuple[int, dict]] = []
        self.mark = self.count = self.generation = self.drops = 0
        self.hears = 0

    async def _serve(self, connection: ServerConnection) -> None:
        peer = Peer(connection)
        self.generation += 1
        mine = self.generation
        try:
            await self._greet(peer)
            async for text in connection:
                if mine != self.generation:
                    return peer.drop()
                if self._breaks():
                    return peer.drop()
                await self._hear(json.loads(text), peer)
        except ConnectionClosed:
            return

    def _breaks(self) -> bool:
        self.hears += 1
        broken = self.random.random() < 0.06 and self.drops < 60
        self.drops += broken
        return broken

    async def _greet(self, peer: Peer) -> None:
        token = f"token-{self.generation}"
        if "resume" not in peer.query:
            return await peer.welcome(resume=token, position="1-0")
        assert peer.query["resume"].startswith("token-")
        seen = int(peer.query["position"].split("-")[1])
        self.outbox = [entry for entry in self.outbox if entry[0] > seen]
        await peer.say("resumed", recovered=True, replayed=len(self.outbox), resume=token)
        for k, message in list(self.outbox):
            await peer.say("message", position=f"1-{k}", **message)
        self.count += 1
        await peer.say("home", node="node-1", resume=token, position=f"1-{self.count}")

    async def _hear(self, frame: dict, peer: Peer) -> None:
        if frame["type"] == "ack":
            seen = int(frame["position"].split("-")[1])
            self.outbox = [entry for entry in self.outbox if entry[0] > seen]
            return
        if frame["n"] > self.mark:
            self.mark = frame["n"]
            self.taken.append(frame["data"])
            message = {"from": "bob", "data": frame["data"], "sender": "b" * 32, "n": frame["n"]}
            for _ in range(1 + (self.random.random() < 0.3)):
                self.count += 1
                self.outbox.append((self.count, message))
                await peer.say("message", position=f"1-{self.count}", **message)
        if self._breaks():
            return peer.drop()
        await peer.result(frame["id"], "accepted")
        if self._breaks():
            return peer.drop()
        await peer.result(frame["id"], "delivered")
