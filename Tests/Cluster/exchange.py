"""Bytes out, bytes back, and the times of it: what an edge does with a request, as exactly as a client can see it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

from calls import Answer, split
from waiting import SLOWNESS

# "closed within 100 ms"; the rest is what a busy machine may add to a single one. That they keep the promise as a rule is
# a test of its own, in test_handshake.py.
PROMISED_CLOSE = 0.1
SLACK = 0.9


@dataclass
class Exchange:
    """All answers of one connection, and its end. Times are seconds."""

    answers: list[Answer] = field(default_factory=list)
    # What came behind the last whole answer.
    rest: bytes = b""
    # From the last byte sent to the first of the last answer; None if nothing came.
    answered: float | None = None
    # From that answer to the end of input; None while the connection is open.
    closed: float | None = None
    was_reset: bool = False

    @property
    def last(self) -> Answer | None:
        return self.answers[-1] if self.answers else None

    @property
    def status(self) -> int | None:
        return self.last.status if self.last else None

    def faults(self, status: int, headers: dict[str, str | None]) -> list[str]:
        """What is not as edge.md promises it for a refusal."""
        answer = self.last
        if answer is None:
            return ["no answer"]
        found = []
        if answer.status != status:
            found.append(f"status {answer.status}, not {status}")
        for name, value in {"content-type": "application/json", "connection": "close", **headers}.items():
            got = answer.headers.get(name)
            if got is None or value is not None and got.lower() != value.lower():
                found.append(f"{name}: {got!r}, not {value!r}")
        try:
            error = json.loads(answer.body)["error"]
            if not error["code"] or not error["message"]:
                found.append(f"says no reason: {answer.body!r}")
        except (ValueError, LookupError, TypeError):
            found.append(f"no JSON with a reason: {answer.body!r}")
        if not answer.body.endswith(b"\n") or answer.body.count(b"\n") != 1:
            found.append(f"not one line: {answer.body!r}")
        if self.rest:
            found.append(f"bytes behind the answer: {self.rest[:40]!r}")
        if self.was_reset:
            found.append("reset instead of closed")
        if self.closed is None:
            found.append("not closed")
        elif self.closed > (PROMISED_CLOSE + SLACK) * SLOWNESS:
            found.append(f"closed after {self.closed * 1000:.0f} ms")
        return found


def take_answer(buffer: bytearray) -> Answer | None:
    """Cuts one whole answer off the start; None if there is none."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for text in lines[1:]:
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    status = int(lines[0].split(" ")[1])
    length = 0 if status in (101, 204) else int(headers.get("content-length", 0))
    if len(buffer) < end + 4 + length:
        return None
    body = bytes(buffer[end + 4:end + 4 + length])
    del buffer[:end + 4 + length]
    return Answer(status, headers, body)


async def exchange(address: str, *parts: bytes, seconds: float = 2, pause: float = 0, meanwhile=None) -> Exchange:
    """Sends the parts (with a pause between them), reads until the other side closes, upgrades, or time is up.

    `meanwhile()` is awaited before the last part.
    """
    reader, writer = await asyncio.open_connection(*split(address))
    found, buffer, first = Exchange(), bytearray(), 0.0
    try:
        for index, part in enumerate(parts):
            if index and pause:
                await asyncio.sleep(pause)
            if meanwhile and part is parts[-1]:
                await meanwhile()
            writer.write(part)
            await writer.drain()
        sent = time.monotonic()
        end = sent + seconds * SLOWNESS
        while True:
            data = await asyncio.wait_for(reader.read(1 << 16), max(0.001, end - time.monotonic()))
            if not data:
                found.closed = time.monotonic() - first if found.answers else time.monotonic() - sent
                break
            buffer += data
            while answer := take_answer(buffer):
                found.answers.append(answer)
                first = time.monotonic()
                found.answered = first - sent
            if found.status == 101:
                break
    except asyncio.TimeoutError:
        pass
    except ConnectionError:
        found.was_reset, found.closed = True, 0.0
    finally:
        writer.close()
    found.rest = bytes(buffer)
    return found
