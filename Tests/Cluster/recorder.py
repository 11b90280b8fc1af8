"""A TCP proxy between a gateway and a node that knows the frames of a link and writes down what a client caused.

Frames of leg 0 (hello, pings, hints) are the link's own; everything else belongs to somebody's session.
"""

from __future__ import annotations

import asyncio
import struct

import ring as ring_v1
from calls import split
from cluster import Cluster
from waiting import eventually

HEADER = struct.Struct("<IIBBH")
ATTACH, CLOSE = 3, 10


class Recorder:
    """`frames` are (kind, bytes on the wire) of sessions, from the gateway to the node; `total` counts every byte."""

    def __init__(self, target: str):
        self.target = target
        self.frames: list[tuple[int, int]] = []
        self.total = 0
        self.connections = 0
        self.tasks: set[asyncio.Task] = set()

    async def start(self) -> "Recorder":
        self.server = await asyncio.start_server(self.connected, "127.0.0.1", 0)
        host, port = self.server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        return self

    async def stop(self) -> None:
        self.server.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    @property
    def session_bytes(self) -> int:
        return sum(count for _, count in self.frames)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            back_reader, back_writer = await asyncio.open_connection(*split(self.target))
        except OSError:
            writer.close()
            return
        for work in (self.forth(reader, back_writer), self.back(back_reader, writer)):
            task = asyncio.create_task(work)
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer = bytearray()
        try:
            while data := await reader.read(1 << 16):
                self.total += len(data)
                buffer += data
                writer.write(data)
                while len(buffer) >= HEADER.size:
                    length, leg, kind, _, _ = HEADER.unpack_from(buffer)
                    if len(buffer) < HEADER.size + length:
                        break
                    if leg != 0:
                        self.frames.append((kind, HEADER.size + length))
                    del buffer[:HEADER.size + length]
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


async def record(cluster: Cluster, node: str = "node-1", service: str = "chat") -> Recorder:
    """Puts a recorder before the node: a ring that names its address instead, once the registry can write no other."""
    ring = await cluster.ring(service)
    recorder = await Recorder(ring.nodes[node]["address"]).start()
    await cluster.registry.kill()
    nodes = [{**n, "address": recorder.address} if n["id"] == node else n for n in ring.members["nodes"]]
    forged = ring_v1.forge(ring, epoch=ring.epoch + 1, nodes=nodes)
    name = f"{cluster.prefix}:{{{service}}}:ring"
    await cluster.redis.command("HSET", name, "document", forged)
    await cluster.redis.command("PUBLISH", name, forged)

    async def adopted() -> bool:
        return set((await cluster.epochs(service)).values()) == {ring.epoch + 1}

    await eventually(adopted, "everybody holds the ring that names the recorder")
    return recorder
