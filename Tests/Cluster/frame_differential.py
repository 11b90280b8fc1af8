"""Two readers of WebSocket frames, one verdict: ours (the test program frame-events) and wsproto's.

    frame_differential.py [--seconds N] [--seed S] FRAME_EVENTS

Streams come from frame_streams.py. Where the two may differ, RULES says why; everything else is a finding, is printed
with the line for frame-events, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import json
import random
import struct
import subprocess
import sys
import time
from pathlib import Path

from wsproto.frame_protocol import CloseReason, Frame, FrameProtocol, MessageDecoder, Opcode, ParseFailed

from frame_streams import Streams

Event = list

# Differences that are meant, each with how it shows.
RULES = {
    "waits longer": "wsproto looks at reserved bits and masks behind the whole length, and at the order of opcodes behind "
                    "the first byte of payload: where the stream ends before that, ours has already said 1002",
    "no limit": "wsproto has no limit of a message's size, ours says 1009 to an announced length",
}


class Messages(MessageDecoder):
    """wsproto's messages over Python's UTF-8, which sees a surrogate only at its third byte."""

    def process_frame(self, frame: Frame) -> Frame:
        done = super().process_frame(frame)
        pending = self.decoder.getstate()[0] if self.decoder else b""
        if pending[:1] == b"\xed" and pending[1:2] >= b"\xa0":
            raise ParseFailed("half a surrogate", CloseReason.INVALID_FRAME_PAYLOAD_DATA)
        return done


class Protocol(FrameProtocol):
    """wsproto with 1014 (bad gateway), which was assigned after it was written."""

    def __init__(self, client: bool):
        super().__init__(client, extensions=[])
        self._message_decoder = Messages()

    def _process_close(self, frame: Frame) -> Frame:
        if frame.payload[:2] != struct.pack(">H", 1014):
            return super()._process_close(frame)
        closed = super()._process_close(frame._replace(payload=struct.pack(">H", 1013) + frame.payload[2:]))
        return closed._replace(payload=(1014, closed.payload[1]))


def theirs(role: str, reads: list[bytes]) -> list[Event]:
    """wsproto's events, in the words of frame-events."""
    protocol = Protocol(client=role == "client")
    events: list[Event] = []
    message: list[bytes] = []
    try:
        for read in reads:
            protocol.receive_bytes(read)
            for frame in protocol.received_frames():
                if frame.opcode is Opcode.CLOSE:
                    code, reason = frame.payload
                    events.append(["close", None if code == 1005 else int(code), reason.encode().hex()])
                    return events
                if frame.opcode.iscontrol():
                    events.append([frame.opcode.name.lower(), bytes(frame.payload).hex()])
                    continue
                message.append(frame.payload.encode() if isinstance(frame.payload, str) else bytes(frame.payload))
                if frame.frame_finished and frame.message_finished:
                    events.append([frame.opcode.name.lower(), b"".join(message).hex()])
                    message = []
    except ParseFailed as error:
        events.append(["violation", int(error.code), str(error)])
    return events


def explained(ours: list[Event], other: list[Event]) -> str | None:
    """The rule by which the two may differ; None if none fits."""
    last = ours[-1] if ours else [""]
    if last[0] == "violation" and last[1] == 1002 and other == ours[:-1]:
        return "waits longer"
    if last == ["violation", 1009] and other[: len(ours) - 1] == ours[:-1]:
        return "no limit"
    return None


def verdicts(events: list[Event]) -> list[Event]:
    """Without the words that each reader finds for a violation."""
    return [event[:2] if event[0] == "violation" else event for event in events]


def compare(program: Path, seed: int, streams: int = 0, seconds: float = 0) -> tuple[list[str], dict[str, int]]:
    """What differs without a reason, and how often each outcome came; for so many streams, or for so long."""
    findings, outcomes = [], {}
    source, end = Streams(seed), time.monotonic() + seconds
    while not findings and (sum(outcomes.values()) < streams or time.monotonic() < end):
        batch = [source.next() for _ in range(500)]
        lines = [" ".join([role, *(read.hex() for read in reads if read)]) for role, reads in batch]
        answer = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=300)
        answers = answer.stdout.splitlines()
        if answer.returncode != 0 or len(answers) != len(batch):
            findings.append(f"frame-events ended with {answer.returncode} at\n{lines[min(len(answers), 499)]}")
        for (role, reads), line, text in zip(batch, lines, answers):
            ours, other = verdicts(json.loads(text)), verdicts(theirs(role, reads))
            outcome = f"{ours[-1][0]} {ours[-1][1]}" if ours and ours[-1][0] in ("close", "violation") else "goes on"
            if ours != other:
                outcome = explained(ours, other) or "FINDING"
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            if outcome == "FINDING":
                findings.append(f"ours {ours}\ntheirs {other}\n{line}")
    return findings, outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("program", type=Path)
    options = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if options.seed is None else options.seed
    findings, outcomes = compare(options.program, seed, seconds=options.seconds)
    for finding in findings[:3]:
        print(f"FINDING: frames: {finding}")
    excused = ", ".join(f"{outcomes.get(rule, 0)} {rule}" for rule in RULES)
    print(f"differential {sum(outcomes.values()):9} streams in {options.seconds:g} s, seed {seed} ({excused})")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
