"""Random streams of WebSocket frames, right and wrong, from a seed: what frame_differential.py gives two readers."""

from __future__ import annotations

import random
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

CLOSE_CODES = [0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1100,
               2999, 3000, 3999, 4000, 4001, 4999, 5000, 65535]
CHARACTERS = ["a", "~", "\0", "\x7f", "\x80", "é", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "😀", "\U0010ffff"]
BROKEN = [b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc3", b"\xc3(", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xe2\x82",
          b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x8f\xbf\xbf", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80",
          b"\xf5\x80\x80\x80", b"\xfe", b"\xff"]
# Sizes where the form of a frame's length changes are as likely as all others.
EDGES = [0, 1, 124, 125, 126, 127, 128]
RARE_EDGES = [65535, 65536]


class Streams:
    """An endless source of streams; the same for the same seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def next(self) -> tuple[str, list[bytes]]:
        """A role (`server` reads a client's frames) and the reads in which the stream comes."""
        role = self.random.choice(["server", "client"])
        masked = role == "server"
        stream = b"".join(self.message(masked) for _ in range(self.random.randint(1, 5)))
        if self.chance(0.4):
            stream += self.close(masked)
        if self.chance(0.4):
            stream = self.mutated(stream)
        if self.chance(0.2):
            stream = stream[: self.random.randint(0, len(stream))]
        return role, self.reads(stream)

    def message(self, masked: bool) -> bytes:
        """A message in one frame or more, with control frames before and between."""
        opcode = self.random.choice([TEXT, BINARY])
        payload = self.text() if opcode == TEXT else self.random.randbytes(self.size())
        stream = b""
        while True:
            while self.chance(0.15):
                stream += self.control(masked)
            cut = len(payload) if self.chance(0.6) else self.random.randint(0, len(payload))
            is_last = cut == len(payload) and self.chance(0.97)
            stream += self.frame(opcode, payload[:cut], masked, is_last)
            opcode, payload = CONTINUATION, payload[cut:]
            if is_last or (not payload and self.chance(0.3)):
                return stream

    def frame(self, opcode: int, payload: bytes, masked: bool, final: bool = True) -> bytes:
        """A frame that is as it should be, but for one in fifty, which has one thing wrong with it."""
        wrong = self.random.choice(["rsv", "opcode", "mask", "final", "length"]) if self.chance(0.02) else ""
        first = (0x80 if final else 0) | opcode
        if wrong == "rsv":
            first |= self.random.randint(1, 7) << 4
        elif wrong == "opcode":
            first = first & 0xF0 | self.random.randint(0, 15)
        elif wrong == "final":
            first ^= 0x80
        if wrong == "mask":
            masked = not masked
        size = len(payload)
        form = 0 if size < 126 else 2 if size < 65536 else 8
        if wrong == "length":
            form = self.random.choice([2, 8])
            size = self.random.choice([size, 0, 125, 1 << 15, 1 << 63, (1 << 64) - 1]) & (1 << 8 * form) - 1
        bit = 0x80 if masked else 0
        head = bytes([first, bit | (size if form == 0 else 126 if form == 2 else 127)])
        head += size.to_bytes(form, "big") if form else b""
        if not masked:
            return head + payload
        key = self.random.randbytes(4)
        return head + key + bytes(byte ^ key[i & 3] for i, byte in enumerate(payload))

    def control(self, masked: bool) -> bytes:
        size = self.random.choice([0, 4, 125, 126]) if self.chance(0.2) else self.random.randint(0, 20)
        return self.frame(self.random.choice([PING, PONG]), self.random.randbytes(size), masked)

    def close(self, masked: bool) -> bytes:
        if self.chance(0.2):
            return self.frame(CLOSE, self.random.randbytes(self.random.randint(0, 1)), masked)
        return self.frame(CLOSE, struct.pack(">H", self.random.choice(CLOSE_CODES)) + self.text()[:130], masked)

    def size(self) -> int:
        if self.chance(0.01):
            return self.random.choice(RARE_EDGES)
        return self.random.choice(EDGES) if self.chance(0.3) else self.random.randint(0, 300)

    def text(self) -> bytes:
        """UTF-8 of every length; one in five has a place where it is not."""
        parts = [self.random.choice(CHARACTERS).encode() for _ in range(self.random.randint(0, 40))]
        if self.chance(0.2):
            parts.insert(self.random.randint(0, len(parts)), self.random.choice(BROKEN))
        return b"".join(parts)

    def mutated(self, stream: bytes) -> bytes:
        """Bits turned, bytes taken out, put in, or swapped for an end of another frame."""
        changed = bytearray(stream)
        for _ in range(self.random.randint(1, 3)):
            place = self.random.randint(0, len(changed))
            kind = self.random.randint(0, 3)
            if kind == 0 and place < len(changed):
                changed[place] ^= 1 << self.random.randint(0, 7)
            elif kind == 1:
                del changed[place: place + self.random.randint(1, 4)]
            elif kind == 2:
                changed[place:place] = self.random.randbytes(self.random.randint(1, 4))
            elif kind == 3 and place < len(changed):
                changed[place] = self.random.choice([0, 1, 0x7D, 0x7E, 0x7F, 0x80, 0x81, 0x88, 0xFE, 0xFF])
        return bytes(changed)

    def reads(self, stream: bytes) -> list[bytes]:
        """At once, byte by byte, or cut anywhere."""
        if not stream or self.chance(0.2):
            return [stream]
        if self.chance(0.2) and len(stream) < 2000:
            return [stream[i: i + 1] for i in range(len(stream))]
        cuts = sorted({0, len(stream), *(self.random.randint(0, len(stream)) for _ in range(self.random.randint(0, 8)))})
        return [stream[a:b] for a, b in zip(cuts, cuts[1:])]
