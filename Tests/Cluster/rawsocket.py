"""A WebSocket by hand: sends any bytes, reads as little as it likes, and says how it ended."""

from __future__ import annotations

import asyncio
import socket
import struct

from calls import split
from waiting import SLOWNESS

UPGRADE = ("GET {path} HTTP/1.1\r\nHost: ringway.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", *, final: bool = True, announced: int | None = None) -> bytes:
    """A client's frame; its mask is zero, so that the payload stands as it is. `announced` lies about the length."""
    length = len(payload) if announced is None else announced
    head = bytes([opcode | (0x80 if final else 0)])
    if announced is None and length < 126:
        head += bytes([0x80 | length])
    elif announced is None and length < 65536:
        head += struct.pack("!BH", 0x80 | 126, length)
    else:
        head += struct.pack("!BQ", 0x80 | 127, length)
    return head + b"\0\0\0\0" + payload


async def connect(address: str, *, source: str | None = None, receive_buffer: int | None = None):
    """A TCP connection, from a source address of one's choice; a small `receive_buffer` makes a slow reader."""
    plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    plain.setblocking(False)
    try:
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            plain.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(plain, split(address))
    except BaseException:
        plain.close()
        raise
    return await asyncio.open_connection(sock=plain, limit=1 << 16)


class NotOpened(ConnectionError):
    """The answer was not 101; `answer` is its head."""

    def __init__(self, answer: bytes):
        super().__init__(repr(answer))
        self.answer = answer


class RawSocket:
    """An open WebSocket; `messages` are its text and binary payloads, `code` is the close code that came."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer
        self.messages: list[bytes] = []
        self.pongs = 0
        self.code: int | None = None
        self.reason = ""

    @classmethod
    async def open(cls, address: str, path: str, seconds: float = 15, **options) -> "RawSocket":
        """Raises `NotOpened` with the answer if it is not 101."""
        reader, writer = await connect(address, **options)
        writer.write(UPGRADE.format(path=path).encode())
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), seconds * SLOWNESS)
            if not head.startswith(b"HTTP/1.1 101 "):
                raise NotOpened(head)
        except BaseException:
            writer.transport.abort()
            raise
        return cls(reader, writer)

    async def send(self, data: bytes) -> bool:
        """Sends bytes as they are; False if the connection is gone."""
        try:
            self.writer.write(data)
            await self.writer.drain()
            return True
        except ConnectionError:
            return False

    async def next(self) -> tuple[int, bytes] | None:
        """The next frame; None at the end."""
        try:
            first, length = await self.reader.readexactly(2)
            if length == 126:
                length, = struct.unpack("!H", await self.reader.readexactly(2))
            elif length == 127:
                length, = struct.unpack("!Q", await self.reader.readexactly(8))
            payload = await self.reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        opcode = first & 15
        if opcode in (TEXT, BINARY):
            self.messages.append(payload)
        elif opcode == PONG:
            self.pongs += 1
        elif opcode == CLOSE and len(payload) >= 2:
            self.code, = struct.unpack("!H", payload[:2])
            self.reason = payload[2:].decode()
        return opcode, payload

    async def message(self, seconds: float = 10) -> bytes:
        """The next text or binary message."""
        count = len(self.messages)

        async def read():
            while len(self.messages) == count:
                assert await self.next() is not None, f"the end came first, {self.code}"
            return self.messages[-1]

        return await asyncio.wait_for(read(), seconds * SLOWNESS)

    async def closed(self, seconds: float = 20) -> int | None:
        """Reads to the end and answers the close code, None if none came."""
        async def read():
            while await self.next() is not None:
                pass
            return self.code

        return await asyncio.wait_for(read(), seconds * SLOWNESS)

    def drop(self) -> None:
        self.writer.transport.abort()
