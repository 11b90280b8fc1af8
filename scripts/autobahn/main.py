#!/usr/bin/env python3
"""Runs the Autobahn suite against the gateway, the node and the client, and judges what it says.

Exit code 1 if a case failed, passed only by a lenient reading ("non-strict"), or did not end in a clean close.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "Tests" / "Cluster"), str(ROOT / "scripts")]

import documents
import python2
import results
from results import Results

# The deflate cases: permessage-deflate is off, it would cost memory for every socket.
LEFT_OUT = ["12.*", "13.*"]
# The suite sends messages of 16 MiB, in as many as 260,000 frames, and pings as fast as it can.
LIMITS = ("--max-message", "64MiB", "--max-frames", "1000000", "--max-queue", "256MiB", "--max-controls", "1000000")
# A machine that is busy with something else must not cost the node its place on the ring.
PATIENCE = ("--lease", "60s", "--heartbeat", "5s")
# All cases without those of LEFT_OUT: fewer in a whole run means that something was not run.
WHOLE = 301


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/conformance", description=__doc__)
    parser.add_argument("--only", default="gateway,node,client", help="which runs, with commas")
    parser.add_argument("--cases", default="*", help="which cases, with commas, such as 1.*,6.2.1")
    parser.add_argument("--keep", action="store_true", help="leave docs/conformance.md as it is")
    chosen = parser.parse_args()
    chosen.only = chosen.only.split(",")
    if unknown := set(chosen.only) - {"gateway", "node", "client"}:
        parser.error(f"--only: unknown {', '.join(sorted(unknown))}")
    return chosen


async def wstest(tools: Path, folder: Path, mode: str, spec: dict) -> asyncio.subprocess.Process:
    """Starts the suite in a folder of its own."""
    folder.mkdir(parents=True)
    (folder / "spec.json").write_text(json.dumps(spec))
    with open(folder / "wstest.log", "wb") as log:
        return await asyncio.create_subprocess_exec(
            str(tools / "wstest"), "-m", mode, "-s", "spec.json", "-u", "0", cwd=folder, stdout=log, stderr=log)


async def against(tools: Path, folder: Path, agent: str, url: str, cases: list[str]) -> Results:
    """The suite as a client, against a server of ours."""
    print(f"{agent}: fuzzingclient → {url}", file=sys.stderr)
    server = {"agent": agent, "url": url, "options": {"version": 18}}
    suite = await wstest(tools, folder, "fuzzingclient", {
        "outdir": "reports", "servers": [server], "cases": cases, "exclude-cases": LEFT_OUT,
        "exclude-agent-cases": {}})
    try:
        await asyncio.wait_for(suite.wait(), 1800)
    finally:
        if suite.returncode is None:
            suite.kill()
            await suite.wait()
    return Results.read(folder / "reports", agent)


async def client(tools: Path, folder: Path, cases: list[str]) -> Results:
    """The suite as a server, against the client that `ringway chat` and `bench` use."""
    from redis_server import free_port
    from programs import run
    from waiting import eventually

    port = free_port()
    url = f"ws://127.0.0.1:{port}"
    print(f"client: fuzzingserver at {url}", file=sys.stderr)
    suite = await wstest(tools, folder, "fuzzingserver", {
        "url": url, "outdir": "reports", "cases": cases, "exclude-cases": LEFT_OUT, "exclude-agent-cases": {}})
    try:
        async def listens() -> bool:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True

        await eventually(listens, "the suite's server listens", 30)
        code, out, err = await run("ringway", "cases", "--url", url, "--agent", "client", seconds=1800)
        if code != 0:
            raise SystemExit(f"ringway cases ended with {code}\n{out}{err}")
    finally:
        if suite.returncode is None:
            suite.terminate()
            await suite.wait()
    return Results.read(folder / "reports", "client")


async def everything(chosen: argparse.Namespace, tools: Path, folder: Path) -> list[Results]:
    from cluster import Cluster

    cases = chosen.cases.split(",")
    runs = []
    if "client" in chosen.only:
        runs.append(await client(tools, folder / "client", cases))
    if {"gateway", "node"} & set(chosen.only):
        async with Cluster(
            folder / "cluster", nodes=1, gateways=1, gateway_options=LIMITS, registry_options=PATIENCE,
            node_options=("--application", "echo", *LIMITS),
        ) as cluster:
            doors = {"gateway": cluster.gateways[0].ready["data"], "node": cluster.nodes["node-1"].ready["direct"]}
            for agent in ("node", "gateway"):
                if agent in chosen.only:
                    url = f"ws://{doors[agent]}/chat?user=autobahn"
                    runs.append(await against(tools, folder / agent, agent, url, cases))
    return sorted(runs, key=lambda r: ["gateway", "node", "client"].index(r.agent))


def main() -> int:
    chosen = options()
    try:
        tools = python2.environment()
    except python2.Missing as missing:
        print(f"scripts/conformance: NOTHING WAS RUN: {missing}", file=sys.stderr)
        return python2.SKIPPED
    folder = python2.WORK / "run"
    shutil.rmtree(folder, ignore_errors=True)
    runs = asyncio.run(everything(chosen, tools, folder))
    table = results.table(runs)
    print(table)
    bad = [line for run in runs for line in run.bad]
    if chosen.cases == "*":
        bad += [f"{r.agent}: {len(r.cases)} cases were run, not {WHOLE}" for r in runs if len(r.cases) != WHOLE]
    for line in bad:
        print(line)
    print(f"reports: {folder}/*/reports/index.html", file=sys.stderr)
    if chosen.cases == "*" and len(runs) == 3 and not chosen.keep and not bad:
        documents.replace(ROOT / "docs" / "conformance.md", "conformance", table)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
