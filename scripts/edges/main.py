#!/usr/bin/env python3
"""Every malformed handshake against our gateway and node, nginx and HAProxy.

Exit code 1 if an answer of ours differs from the promised one, was not closed within 100 ms, or let a byte through.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "Tests" / "Cluster"), str(ROOT / "scripts")]

import documents
import report
from cluster import Cluster
from exchange import PROMISED_CLOSE, exchange
from malformed_requests import GOOD, MALFORMED, Malformed
from proxies import Proxy
from recorder import ATTACH, CLOSE, Recorder, record
from report import NOT_THEIRS, Row
from waiting import eventually

PAGE = ROOT / "docs" / "edge.md"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/malformed", description=__doc__)
    parser.add_argument("--only", help="one group, such as body")
    parser.add_argument("--keep", action="store_true", help="leave docs/edge.md as it is")
    return parser.parse_args()


async def warm(recorder: Recorder, address: str) -> None:
    """Good requests first: every loop has its link then, and the recorder proves that it sees what passes."""
    for _ in range(16):
        found = await exchange(address, GOOD)
        if found.status != 101:
            raise SystemExit(f"a good request was answered with {found}")
    attached = sum(kind == ATTACH for kind, _ in recorder.frames)
    if attached != 16:
        raise SystemExit(f"16 good requests, but the node got {attached} attach frames")
    await eventually(lambda: sum(kind == CLOSE for kind, _ in recorder.frames) == 16, "all sessions are over")
    recorder.frames.clear()


async def ask(proxy: Proxy, wrong: Malformed):
    """What a proxy does, and how many bytes of it arrive behind."""
    before = proxy.upstream.received
    found = await exchange(proxy.address, wrong.sent, seconds=1)
    await asyncio.sleep(0.03)
    return found, proxy.upstream.received - before


async def rows(chosen: list[Malformed], folder: Path) -> tuple[list[Row], list[str]]:
    found: list[Row] = []
    proxies = [await Proxy(name, folder).start() for name in ("nginx", "haproxy")]
    names = ["Ringway", f"nginx {await proxies[0].version()}", f"HAProxy {await proxies[1].version()}"]
    try:
        for proxy in proxies:
            good = await exchange(proxy.address, GOOD)
            if good.status != 101 or not proxy.upstream.received:
                raise SystemExit(f"{proxy.name} does not pass a good request on: {good}")
        async with Cluster(folder / "cluster", nodes=1, gateways=1) as cluster:
            gateway, node = cluster.gateways[0].ready["data"], cluster.nodes["node-1"].ready["direct"]
            recorder = await record(cluster)
            await warm(recorder, gateway)
            for wrong in chosen:
                recorder.frames.clear()
                ours = await exchange(gateway, wrong.sent)
                row = Row(wrong, ours, recorder.session_bytes, ours.faults(wrong.status, wrong.headers))
                if ours.closed is not None and ours.closed > PROMISED_CLOSE:
                    row.faults.append(f"closed after {ours.closed * 1000:.0f} ms")
                if row.behind:
                    row.faults.append(f"{row.behind} bytes reached the node: {recorder.frames}")
                direct = await exchange(node, wrong.sent)
                row.faults += [f"(node) {fault}" for fault in direct.faults(wrong.status, wrong.headers)]
                for proxy in proxies:
                    row.others.append(None if wrong.group in NOT_THEIRS else await ask(proxy, wrong))
                found.append(row)
                print(row.markdown, file=sys.stderr)
            await recorder.stop()
    finally:
        for proxy in proxies:
            await proxy.stop()
    return found, names


def main() -> int:
    chosen = options()
    wanted = [wrong for wrong in MALFORMED if chosen.only in (None, wrong.group)]
    folder = Path(tempfile.mkdtemp(prefix="ringway-edges-"))
    try:
        found, names = asyncio.run(rows(wanted, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(report.summary(found, names))
    bad = [f"{row.wrong.group}: {row.wrong.name}: {fault}" for row in found for fault in row.faults]
    for line in bad:
        print(line)
    slowest = max((row.ours.closed or 0) for row in found)
    print(f"{len(found)} requests, {len(bad)} faults of ours; the slowest close took {slowest * 1000:.1f} ms", file=sys.stderr)
    if chosen.only is None and not chosen.keep and not bad:
        documents.replace(PAGE, "summary", report.summary(found, names))
        documents.replace(PAGE, "requests", report.details(found, names))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
