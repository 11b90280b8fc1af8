"""Trials: the same load on every candidate in turn, again and again, and the median of each."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

from candidates import BEHIND, Candidate
from processes import WORK


@dataclass
class Load:
    """One kind of load. `figure` is what is compared: CPU microseconds, or bytes per idle connection."""

    title: str
    arguments: list[str]
    figure: str = "cpu_us"
    unit: str = "µs of CPU per message"


ECHO_64 = Load("64 B echo", ["echo", "--connections", "100", "--size", "64"])
ECHO_16K = Load("16 KiB echo", ["echo", "--connections", "100", "--size", "16384"])
ECHO_MANY = Load("64 B echo, 2,000 clients", ["echo", "--connections", "2000", "--size", "64"])
ECHO_DEEP = Load("64 B echo, 16 in flight", ["echo", "--connections", "100", "--size", "64", "--window", "16"])
SECURE_64 = Load("wss, 64 B echo", ["echo", "--connections", "100", "--size", "64"])
SECURE_HANDSHAKE = Load("wss handshake", ["handshake", "--connections", "32"], unit="µs of CPU per handshake")
SECURE_IDLE = Load("wss, idle memory", ["idle", "--connections", "3000"], "bytes_per_connection", "bytes per idle client")
HANDSHAKE = Load("handshake", ["handshake", "--connections", "32"], unit="µs of CPU per handshake")
IDLE = Load("idle memory", ["idle", "--connections", "6000"], "bytes_per_connection", "bytes per idle client")


@dataclass
class Result:
    """All trials of one load: candidate → the figure of each repetition."""

    load: Load
    figures: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        return statistics.median(self.figures[name])

    def ratio(self, ours: str, peer: str) -> float:
        """Ours divided by the peer's, of medians that were taken in turn in the same minutes."""
        return self.median(ours) / self.median(peer)


def once(load: Load, candidate: Candidate, seconds: float) -> dict:
    """One trial. A load generator that found an error is no measurement: it ends the run."""
    command = [WORK / "prio", "taskset", "-c", str(BEHIND), WORK / "wsload", *load.arguments, "--port",
               str(candidate.port), *(["--tls"] if candidate.secure else []), "--path", candidate.path, "--seconds", str(seconds), "--warmup", str(seconds / 4),
               "--pid", ",".join(map(str, candidate.pids))]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{candidate.name}, {load.title}: {result.stdout}{result.stderr}")
    return json.loads(result.stdout)


def interleaved(load: Load, candidates: list[Candidate], repetitions: int, seconds: float) -> Result:
    """A B C A B C …, so that a slow minute of the machine hits all of them."""
    result = Result(load, {c.name: [] for c in candidates})
    # Memory grows once: a second round would find what the first one left. One trial says it.
    for _ in range(1 if load in (IDLE, SECURE_IDLE) else repetitions):
        for candidate in candidates:
            trial = once(load, candidate, seconds)
            result.figures[candidate.name].append(trial[load.figure])
            if load in (HANDSHAKE, SECURE_HANDSHAKE, IDLE, SECURE_IDLE):
                time.sleep(1)  # let closed sockets settle
    shown = ", ".join(f"{name} {result.median(name):.2f}" for name in result.figures)
    print(f"  {load.title}: {shown} ({load.unit})", file=sys.stderr)
    return result
