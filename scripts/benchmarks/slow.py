#!/usr/bin/env python3
"""What a thousand slow connections cost a good client: its p99 without and with them, in turn.

Each round measures an echo through the gateway twice, beside the crowd of slow_crowd.py: A while the crowd's connections end
at a port that nobody serves, B while they end at the gateway. So what the crowd's own work costs its neighbours on the core,
where slow clients never are, is in both, and so is a slow minute of the machine. Prints the medians of the p99 and whether it
grew by less than 10 %. Needs release builds; the gateway has core 0, the good clients, the crowd (at nice 19) and the nodes
share core 1.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from candidates import BEHIND, Candidate, Cluster
from main import build_tools, machine
from processes import WORK, Stage
from trials import Load, once

CROWD = Path(__file__).resolve().parent / "slow_crowd.py"
BOUND = 10.0  # percent


@contextmanager
def crowd(port: int, path: str, count: int):
    """The slow ones: all there inside the block, all gone after it. Without a path nobody answers them."""
    process = subprocess.Popen(
        ["taskset", "-c", str(BEHIND), sys.executable, CROWD, str(port), path, str(count)], stdout=subprocess.PIPE)
    try:
        if process.stdout.readline() != b'{"ready":true}\n':
            raise SystemExit("the slow connections could not be opened")
        yield
        if process.poll() is not None:
            raise SystemExit("the slow connections ended before the measurement did")
    finally:
        process.kill()
        process.wait()


def measure(gateway: Candidate, load: Load, options) -> tuple[list[float], list[float]]:
    """p99 in microseconds of every round: without the crowd, and with it."""
    without, beside = [], []
    for _ in range(options.repetitions):
        with socket.create_server(("127.0.0.1", 0), backlog=2 * options.slow) as unserved:
            with crowd(unserved.getsockname()[1], "", options.slow):
                without.append(once(load, gateway, options.seconds)["p99_us"])
        with crowd(gateway.port, gateway.path, options.slow):
            beside.append(once(load, gateway, options.seconds)["p99_us"])
        print(f"  p99 {without[-1]:.0f} µs without, {beside[-1]:.0f} µs with {options.slow} slow", file=sys.stderr)
    return without, beside


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=7, help="rounds (default 7)")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement (default 5)")
    parser.add_argument("--slow", type=int, default=1000, help="slow connections (default 1000)")
    parser.add_argument("--good", type=int, default=10, help="good clients, one message in flight each (default 10)")
    parser.add_argument("--must", action="store_true", help="exit 1 if the p99 grew by more")
    options = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("two cores are needed: one for the gateway, one for the load")
    build_tools()
    load = Load(f"64 B echo, {options.good} good clients", ["echo", "--connections", str(options.good), "--size", "64"])
    with Stage() as stage:
        gateway = Cluster(stage).gateway()
        without, beside = measure(gateway, load, options)
    alone, pressed = statistics.median(without), statistics.median(beside)
    growth = (pressed / alone - 1) * 100
    verdict = "kept" if growth < BOUND else "missed"
    print(f"p99 of a good client: {alone:.0f} µs without, {pressed:.0f} µs with {options.slow} slow connections: "
          f"{growth:+.1f} % (less than {BOUND:.0f} %: {verdict})\n{machine()}; medians of {options.repetitions}.")
    return 1 if options.must and growth >= BOUND else 0


if __name__ == "__main__":
    sys.exit(main())
