"""Our reader of WebSocket frames and a second one agree on random streams; see frame_differential.py."""

from __future__ import annotations

import random

from frame_differential import compare
from programs import BIN


def test_our_reader_of_frames_and_wsproto_agree() -> None:
    for seed in (1, random.SystemRandom().getrandbits(32)):
        findings, outcomes = compare(BIN / "frame-events", seed, streams=1000)
        assert not findings, f"seed {seed}:\n" + "\n".join(findings[:3])
        # The streams are worth something only if they end in every way.
        ends = {outcome.split()[0] for outcome in outcomes}
        assert {"goes", "close"} <= ends and {"violation 1002", "violation 1007"} <= set(outcomes), (seed, outcomes)
