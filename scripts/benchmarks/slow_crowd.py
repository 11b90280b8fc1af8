#!/usr/bin/env python3
"""A thousand connections that do everything as slowly as they can; prints "ready" once all are there, and stays.

A quarter each: a head that never ends, a frame of a megabyte in drips, a body nobody asked for in drips, and messages
whose echoes are never read. A connection that is closed comes back after a second.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import struct
import sys

DRIP = 1.0  # seconds between two bytes
MEGABYTE = b"\x82\xff" + struct.pack("!Q", 1 << 20) + bytes(4)
MESSAGE = b"\x82\xfe" + struct.pack("!H", 16_384) + bytes(4) + bytes(16_384)


class Crowd:
    def __init__(self, port: int, path: str, count: int):
        self.port, self.path, self.count = port, path, count
        self.there = 0
        self.all_there = asyncio.Event()
        self.numbers = itertools.count()

    async def open(self) -> socket.socket:
        plain = socket.socket()
        plain.setblocking(False)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self.port))
        return plain

    async def upgraded(self) -> socket.socket:
        plain, loop = await self.open(), asyncio.get_running_loop()
        path = self.path.replace("{i}", f"-slow-{next(self.numbers)}")
        await loop.sock_sendall(
            plain, f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
            "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        answer = await loop.sock_recv(plain, 12)
        if answer != b"HTTP/1.1 101":
            plain.close()
            raise ConnectionError(repr(answer))
        return plain

    async def drip(self, plain: socket.socket, start: bytes) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(plain, start)
        self.arrived()
        while True:
            await asyncio.sleep(DRIP)
            await loop.sock_sendall(plain, b"x")

    async def head(self) -> None:
        await self.drip(await self.open(), b"GET /slow HTTP/1.1\r\nHost: x\r\nX-A: ")

    async def body(self) -> None:
        await self.drip(await self.open(), b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")

    async def frame(self) -> None:
        await self.drip(await self.upgraded(), MEGABYTE)

    async def deaf(self) -> None:
        plain, loop = await self.upgraded(), asyncio.get_running_loop()
        self.arrived()
        while True:
            await loop.sock_sendall(plain, MESSAGE)
            await asyncio.sleep(DRIP)

    def arrived(self) -> None:
        self.there += 1
        if self.there >= self.count:
            self.all_there.set()

    async def again_and_again(self, kind) -> None:
        while True:
            try:
                await kind()
            except OSError:
                await asyncio.sleep(DRIP)

    async def run(self) -> None:
        kinds = [self.head, self.frame, self.body, self.deaf]
        for number in range(self.count):
            asyncio.get_running_loop().create_task(self.again_and_again(kinds[number % 4]))
            if number % 50 == 49:
                await asyncio.sleep(0.05)
        await self.all_there.wait()
        print('{"ready":true}', flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    # Only what is left over: the crowd's own work must not delay the good client's on the core they share.
    os.nice(19)
    asyncio.run(Crowd(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])).run())
