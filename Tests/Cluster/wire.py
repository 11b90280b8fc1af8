"""A WebSocket as bytes: sends what no library would, and reads frames one by one."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from dataclasses import dataclass

from calls import split
from exchange import take_answer
from malformed_requests import request
from waiting import SLOWNESS

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x37\xfa\x21\x3d"


@dataclass
class Frame:
    """One frame of the server's. `first` is the whole first byte."""

    first: int
    payload: bytes
    masked: bool

    @property
    def opcode(self) -> int:
        return self.first & 15

    @property
    def code(self) -> int | None:
        """The close code; 1005 stands for a close frame without one."""
        if self.opcode != CLOSE:
            return None
        return struct.unpack("!H", self.payload[:2])[0] if self.payload else 1005


class Ended(EOFError):
    """The connection is over."""


class Wire:
    """An open WebSocket. What it sends is up to the caller, to the bit."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, address: str, sent: bytes | None = None, user: str = "wire") -> "Wire":
        """Sends the request (and whatever stands behind it) and reads the 101."""
        wire = cls(*await asyncio.open_connection(*split(address)))
        wire.send(sent or request(f"GET /chat?user={user} HTTP/1.1"))
        head = await wire.timed(wire.reader.readuntil(b"\r\n\r\n"))
        answer = take_answer(bytearray(head))
        assert answer and answer.status == 101, head
        return wire

    async def __aenter__(self) -> "Wire":
        return self

    async def __aexit__(self, *_) -> None:
        self.writer.close()

    @staticmethod
    async def timed(awaitable, seconds: float = 8):
        return await asyncio.wait_for(awaitable, seconds * SLOWNESS)

    @staticmethod
    def frame(opcode: int, payload: bytes = b"", *, final: bool = True, reserved: int = 0, mask: bytes | None = MASK,
              announced: int | None = None, wide: int = 0) -> bytes:
        """A frame. `announced` is a length that need not be true; `wide` forces its 16 or 64 bit form."""
        length = len(payload) if announced is None else announced
        first, bit = (0x80 if final else 0) | reserved << 4 | opcode, 0x80 if mask is not None else 0
        if wide == 64 or length > 0xffff:
            head = struct.pack("!BBQ", first, bit | 127, length)
        elif wide == 16 or length > 125:
            head = struct.pack("!BBH", first, bit | 126, length)
        else:
            head = struct.pack("!BB", first, bit | length)
        if mask is None:
            return head + payload
        return head + mask + bytes(byte ^ mask[i & 3] for i, byte in enumerate(payload))

    @classmethod
    def text(cls, value) -> bytes:
        return cls.frame(TEXT, (value if isinstance(value, str) else json.dumps(value)).encode())

    @classmethod
    def close_frame(cls, code: int, reason: bytes = b"") -> bytes:
        return cls.frame(CLOSE, struct.pack("!H", code) + reason)

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)

    async def trickle(self, sent: bytes) -> None:
        """Byte by byte, each in a packet of its own as far as the kernel goes along."""
        for byte in sent:
            self.writer.write(bytes([byte]))
            await self.writer.drain()
            await asyncio.sleep(0.001)

    async def next(self, seconds: float = 8) -> Frame:
        """The next frame; `Ended` at the end of input."""
        try:
            first, second = await self.timed(self.reader.readexactly(2), seconds)
            length = second & 0x7f
            if length >= 126:
                wide = await self.timed(self.reader.readexactly(2 if length == 126 else 8), seconds)
                length = int.from_bytes(wide, "big")
            return Frame(first, await self.timed(self.reader.readexactly(length), seconds), second >= 0x80)
        except (asyncio.IncompleteReadError, ConnectionError) as end:
            raise Ended from end

    async def json(self):
        return json.loads((await self.next()).payload)

    async def closed_by(self, seconds: float = 8) -> int:
        """Reads on to the close frame and answers its code."""
        while (frame := await self.next(seconds)).opcode != CLOSE:
            pass
        return frame.code

    async def closed(self, seconds: float = 8) -> tuple[int, bytes, float]:
        """Reads on to the close frame, then to the end of input: code, reason, seconds between the two."""
        while (frame := await self.next(seconds)).opcode != CLOSE:
            pass
        begun = time.monotonic()
        rest = await self.timed(self.reader.read())
        assert rest == b"", f"bytes behind the close frame: {rest[:40]!r}"
        return frame.code, frame.payload[2:], time.monotonic() - begun
