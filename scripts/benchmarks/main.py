#!/usr/bin/env python3
"""Ringway beside its peers on this machine, and the ratios as a Markdown table.

The figure is CPU time per message (run time of all threads of the program under test, divided by messages): on a shared
machine it repeats within a few percent where throughput and latency do not. The program under test has core 0; the
load generator and everything behind the program share core 1. Compare ratios within one run, never numbers of two.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import candidates as peers
from candidates import Candidate, Cluster
from processes import RELEASE, WORK, Stage
from secure import wss
from trials import ECHO_16K, ECHO_64, ECHO_DEEP, ECHO_MANY, HANDSHAKE, IDLE, Load, Result, interleaved

HERE = Path(__file__).resolve().parent
TOOLS = {"wsecho": ["wsecho.c"], "prio": ["prio.c"]}


class Table:
    """Rows of the result, and whether every row that has a limit keeps it."""

    def __init__(self):
        self.rows: list[tuple[str, str, str, str]] = []
        self.missed: list[str] = []

    def add(self, result: Result, peer: str, limit: float | None = None) -> None:
        ours, theirs = result.median("Ringway"), result.median(peer)
        ratio = result.ratio("Ringway", peer)
        self.row(f"{result.load.title} ({result.load.unit})", f"{ours:.2f}", f"{peer} {theirs:.2f}", f"{ratio:.2f}")
        if limit is not None and ratio > limit:
            self.missed.append(f"{result.load.title} vs {peer}: {ratio:.2f}, at most {limit}")

    def row(self, what: str, ours: str, theirs: str, ratio: str) -> None:
        self.rows.append((what, ours, theirs, ratio))

    @property
    def markdown(self) -> str:
        lines = ["| | Ringway | beside | ratio |", "|---|---|---|---|"]
        return "\n".join(lines + [f"| {' | '.join(row)} |" for row in self.rows])


def build_tools() -> None:
    """Compiles what is older than its source; needs nothing but gcc."""
    WORK.mkdir(exist_ok=True)
    targets = {name: (sources, []) for name, sources in TOOLS.items()}
    targets["wsload"] = (["wsload.c", "connection.c", "secure.c", "figures.c"], ["-lssl", "-lcrypto"])
    targets["ketama"] = (["ketama.c"], ["-lmemcached"])
    targets["count_allocations.so"] = (["count_allocations.c"], ["-shared", "-fPIC"])
    if library := peers.peers_library():
        targets["uwsecho"] = (["uwsecho.c"], [str(library), f"-Wl,-rpath,{library.parent}"])
    newest = max(file.stat().st_mtime for file in HERE.glob("*.[ch]"))
    for name, (sources, libraries) in targets.items():
        binary = WORK / name
        if not binary.exists() or binary.stat().st_mtime < newest:
            subprocess.run(
                ["gcc", "-O2", "-Wall", "-Wextra", "-o", binary, *(HERE / s for s in sources), *libraries], check=True)


def gateway(stage: Stage, cluster: Cluster, table: Table, options) -> None:
    print("gateway", file=sys.stderr)
    behind = peers.upstreams(stage)
    ours = cluster.gateway()
    small = [ours, peers.nginx(stage, behind, False), peers.haproxy(stage, behind, False)]
    large = [ours, peers.nginx(stage, behind, True), peers.haproxy(stage, behind, True)]

    def run(load: Load, who: list[Candidate]) -> Result:
        return interleaved(load, who, options.repetitions, options.seconds)

    # Memory first, while nobody has grown yet.
    idle = run(IDLE, small)
    echo = run(ECHO_64, small)
    table.add(echo, "nginx", limit=0.90)
    table.add(echo, "HAProxy")
    big = run(ECHO_16K, large)
    table.add(big, "nginx 64k", limit=1.1)
    table.add(big, "HAProxy 64k")
    shake = run(HANDSHAKE, small)
    table.add(shake, "nginx", limit=1.0)
    table.add(shake, "HAProxy")
    if not options.quick:
        many = run(ECHO_MANY, small)
        table.add(many, "nginx")
        table.add(many, "HAProxy", limit=0.9)
    table.add(idle, "nginx")
    table.add(idle, "HAProxy")
    if idle.median("Ringway") > 1024:
        table.missed.append(f"idle memory: {idle.median('Ringway'):.0f} bytes per client, at most 1024")


def node(stage: Stage, cluster: Cluster, table: Table, options) -> None:
    print("node", file=sys.stderr)
    who = [cluster.single_node(), peers.c_echo(stage)]
    if peers.peers_library():
        who.insert(1, peers.uwebsockets(stage))
    for load, limit in ((ECHO_64, 1.15), (ECHO_16K, None), (ECHO_DEEP, None), (HANDSHAKE, None)):
        if options.quick and load in (ECHO_DEEP, HANDSHAKE):
            continue
        result = interleaved(load, who, options.repetitions, options.seconds)
        result.load = replace(load, title=f"node, {load.title}")
        for peer in who[1:]:
            table.add(result, peer.name, limit if peer.name == "uWebSockets" else None)


def lookups(nodes: int, **environment: str) -> dict:
    """One run of our own lookup benchmark."""
    out = subprocess.run(
        ["taskset", "-c", "0", RELEASE / "ringway", "bench", "ring", "--nodes", str(nodes), "--json"],
        capture_output=True, text=True, check=True, env={**os.environ, **environment}).stdout
    return json.loads(out)


def ketama(nodes: int) -> float:
    """Nanoseconds per lookup of libmemcached's consistent hashing."""
    out = subprocess.run(
        ["taskset", "-c", "0", WORK / "ketama", str(nodes), "2000000"], capture_output=True, text=True, check=True).stdout
    return json.loads(out.splitlines()[0])["ns_per_lookup"]


def ring(_stage: Stage, _cluster: Cluster, table: Table, options) -> None:
    print("ring", file=sys.stderr)
    for nodes in (100,) if options.quick else (100, 1000):
        comparable = nodes <= 100  # libmemcached stops at an assertion in larger rings
        ours, theirs = [], []
        for _ in range(options.repetitions):
            ours.append(lookups(nodes)["ns_per_lookup"])
            if comparable:
                theirs.append(ketama(nodes))
        allocations = lookups(nodes, LD_PRELOAD=str(WORK / "count_allocations.so"))["allocations"]
        mine = statistics.median(ours)
        what = f"ring lookup, {nodes} nodes × 160 points (ns; {allocations} allocations)"
        other = statistics.median(theirs) if comparable else None
        table.row(what, f"{mine:.1f}", f"libmemcached ketama {other:.1f}" if other else "–",
                  f"{mine / other:.2f} ({other / mine:.0f} times faster)" if other else "–")
        print(f"  {what}: {mine:.1f}, ketama {other}", file=sys.stderr)
        if other and other / mine < 8:
            table.missed.append(f"ring lookup: {other / mine:.1f} times faster than ketama, at least 8")
        if allocations != 0:
            table.missed.append(f"ring lookup: {allocations} allocations")


PARTS = {"gateway": gateway, "wss": wss, "node": node, "ring": ring}


def machine() -> str:
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown processor")
    return f"{os.cpu_count()} cores of {model}, Linux {os.uname().release}"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter trials")
    parser.add_argument("--only", default=",".join(PARTS), help=f"comma list of {', '.join(PARTS)}")
    parser.add_argument("--repetitions", type=int, default=0, help="trials of each candidate (default 7, quick 3)")
    parser.add_argument("--must", action="store_true", help="exit 1 if a ratio misses what the project promises")
    options = parser.parse_args()
    options.repetitions = options.repetitions or (3 if options.quick else 7)
    options.seconds = 1 if options.quick else 2
    unknown = [part for part in options.only.split(",") if part not in PARTS]
    if unknown:
        parser.error(f"--only knows {', '.join(PARTS)}, not {', '.join(unknown)}")
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("two cores are needed: one for the program under test, one for the load")
    build_tools()
    table = Table()
    with Stage() as stage:
        cluster = Cluster(stage)
        for part in options.only.split(","):
            PARTS[part](stage, cluster, table, options)
    text = (f"{table.markdown}\n\n{machine()}; {time.strftime('%Y-%m-%d')}; "
            f"`scripts/bench{' --quick' if options.quick else ''}`, medians of {options.repetitions}.\n")
    (WORK / "results.md").write_text(text)
    print(text)
    for miss in table.missed:
        print(f"missed: {miss}", file=sys.stderr)
    return 1 if options.must and table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
