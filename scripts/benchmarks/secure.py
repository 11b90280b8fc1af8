"""wss beside nginx and HAProxy: the same certificate (EC P-256), TLS 1.3, a full handshake for every connection."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import candidates as peers
from processes import ROOT, WORK
from trials import SECURE_64, SECURE_HANDSHAKE, SECURE_IDLE, interleaved


def wss(stage, cluster, table, options) -> None:
    print("wss", file=sys.stderr)
    certificates: Path = WORK / "certificates"
    subprocess.run([ROOT / "scripts" / "certificates", certificates], check=True, stdout=subprocess.DEVNULL)
    behind = peers.upstreams(stage)
    who = [
        cluster.gateway(certificates), peers.nginx(stage, behind, False, certificates),
        peers.haproxy(stage, behind, False, certificates),
    ]
    # Memory first, while nobody has grown yet.
    idle = interleaved(SECURE_IDLE, who, 1, options.seconds)
    echo = interleaved(SECURE_64, who, options.repetitions, options.seconds)
    shake = interleaved(SECURE_HANDSHAKE, who, options.repetitions, options.seconds)
    for result in (echo, shake, idle):
        for peer in who[1:]:
            table.add(result, peer.name)
    # The same figure as a rate: what one core can do in a second if it does nothing else.
    rate = {name: 1e6 / shake.median(name) for name in shake.figures}
    for peer in who[1:]:
        table.row("wss handshakes per second of one core", f"{rate['Ringway']:.0f}", f"{peer.name} {rate[peer.name]:.0f}",
                  f"{rate['Ringway'] / rate[peer.name]:.2f}")
