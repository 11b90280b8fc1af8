"""What a run of the suite says, by case group, and whether that is good enough."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

GROUPS = {
    "1": "framing", "2": "pings and pongs", "3": "reserved bits", "4": "opcodes", "5": "fragmentation",
    "6": "UTF-8", "7": "close handling", "9": "limits and performance", "10": "after an upgrade",
}
# The suite has no other verdict for these: it looks at what happens after a close frame that follows 256 KiB (7.1.6), and
# at close codes that RFC 6455 leaves undefined (7.13.*).
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}
COLUMNS = ("ok", "informational", "non-strict", "failed", "unclean close")


@dataclass
class Results:
    """One agent's cases and verdicts."""

    agent: str
    cases: dict[str, dict]
    by_group: dict[str, Counter] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path, agent: str) -> "Results":
        index = json.loads((folder / "index.json").read_text("utf-8"))
        if agent not in index:
            raise SystemExit(f"the suite's report has no agent '{agent}': {sorted(index)}")
        results = cls(agent, index[agent])
        for name in sorted(results.cases, key=order):
            results.count(name)
        return results

    def count(self, name: str) -> None:
        behavior, close = self.cases[name]["behavior"], self.cases[name]["behaviorClose"]
        group = self.by_group.setdefault(name.split(".")[0], Counter())
        if behavior == "INFORMATIONAL" and name not in INFORMATIONAL:
            group["failed"] += 1
            self.bad.append(f"{self.agent} {name}: informational, but the suite has another verdict for it")
        elif behavior in ("OK", "INFORMATIONAL"):
            group[behavior.lower()] += 1
        else:
            group["non-strict" if behavior == "NON-STRICT" else "failed"] += 1
            self.bad.append(f"{self.agent} {name}: {behavior}")
        if close not in ("OK", "INFORMATIONAL"):
            group["unclean close"] += 1
            self.bad.append(f"{self.agent} {name}: close {close}")

    @property
    def total(self) -> Counter:
        return sum(self.by_group.values(), Counter())

    def cell(self, counts: Counter) -> str:
        """`34 ok, 3 informational`; a verdict that nobody got is left out."""
        return ", ".join(f"{counts[c]} {c}" for c in COLUMNS if counts[c]) or "not run"


def order(case: str) -> list[int]:
    return [int(part) for part in case.split(".")]


def table(runs: list[Results]) -> str:
    """Markdown: a row for each group, a column for each run."""
    lines = [f"| cases | | {' | '.join(r.agent for r in runs)} |", "|---|---|" + "---|" * len(runs)]
    groups = sorted({group for run in runs for group in run.by_group}, key=int)
    for group in groups:
        cells = [run.cell(run.by_group.get(group, Counter())) for run in runs]
        lines.append(f"| {group}.* | {GROUPS.get(group, '')} | {' | '.join(cells)} |")
    sums = [", ".join(f"{run.total[c]} {c}" for c in COLUMNS) for run in runs]
    lines.append(f"| **all** | | {' | '.join(f'**{text}**' for text in sums)} |")
    return "\n".join(lines)
