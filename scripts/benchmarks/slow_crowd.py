#!/usr/bin/env python3
"""A thousand connections that do everything as slowly as they can; prints "ready" once all are there, and stays.

A quarter each: a head that never ends, a frame of a megabyte in drips, a body nobody asked for in drips, and messages
whose echoes are never read. Each does something once a second; a connection that is closed comes back at its next turn.
Without a path they end at a port that nobody serves. The turns are spread evenly, so that the crowd's own work comes in
microseconds and not in bursts that would delay the good clients on the core they share.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time

DRIP = 1.0  # seconds between two turns of a connection
HEAD = b"GET /slow HTTP/1.1\r\nHost: x\r\nX-A: "
BODY = b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
MEGABYTE = b"\x82\xff" + struct.pack("!Q", 1 << 20) + bytes(4)
MESSAGE = b"\x82\xfe" + struct.pack("!H", 16_384) + bytes(4) + bytes(16_384)
UPGRADE = ("GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


class Slow:
    """One connection: what it says first, what it says at each turn after that, and whether it is a WebSocket."""

    def __init__(self, port: int, first: bytes, upgrade: bytes, every: bytes):
        self.port, self.first, self.upgrade, self.every = port, first, upgrade, every
        self.socket: socket.socket | None = None
        self.is_open = False

    def turn(self) -> None:
        try:
            if self.socket is None:
                self.begin()
            elif not self.is_open:
                if not self.socket.recv(12).startswith(b"HTTP/1.1 101"):
                    raise ConnectionError("no WebSocket")
                self.socket.send(self.first)
                self.is_open = True
            else:
                self.socket.send(self.every)
        except BlockingIOError:
            pass  # Its queue is full, or the answer is not there yet: it says nothing at this turn.
        except OSError:
            if self.socket:
                self.socket.close()
            self.socket = None

    def begin(self) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", self.port))
        self.socket.setblocking(False)
        self.is_open = not self.upgrade
        self.socket.send(self.upgrade or self.first)


def crowd(port: int, path: str, count: int) -> list[Slow]:
    members = []
    for number in range(count):
        upgrade = UPGRADE.format(path=path.replace("{i}", f"-slow-{number}")).encode() if path else b""
        members.append([
            Slow(port, HEAD, b"", b"x"), Slow(port, MEGABYTE, upgrade, b"x"), Slow(port, BODY, b"", b"x"),
            Slow(port, MESSAGE, upgrade, MESSAGE)][number % 4])
    return members


def main(port: int, path: str, count: int) -> None:
    members = crowd(port, path, count)
    due, turns = time.monotonic(), 0
    while True:
        members[turns % count].turn()
        turns += 1
        if turns == 2 * count:
            if sum(member.is_open for member in members) < count // 2:
                raise SystemExit("most of the slow connections were refused")
            print('{"ready":true}', flush=True)
        due += DRIP / count
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    os.nice(19)
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
