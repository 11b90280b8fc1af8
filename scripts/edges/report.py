"""The rows of the table, and what is wrong with ours."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange import Exchange
from malformed_requests import Malformed

# What only we promise: a proxy knows no users, no services, and which pages may connect only if it is told.
NOT_THEIRS = {"user", "origin", "place"}


@dataclass
class Row:
    """One request, and what everybody did with it. Byte counts are what the request caused behind the edge."""

    wrong: Malformed
    ours: Exchange
    behind: int
    faults: list[str] = field(default_factory=list)
    others: list[tuple[Exchange, int] | None] = field(default_factory=list)

    @property
    def markdown(self) -> str:
        cells = [self.wrong.group, escaped(self.wrong.name), self.wrong.contract, outcome(self.ours, self.behind)]
        cells += ["" if other is None else outcome(*other) for other in self.others]
        return f"| {' | '.join(cells)} |"


def escaped(name: str) -> str:
    return name.replace("|", "\\|")


def outcome(found: Exchange, behind: int) -> str:
    """`400 · 0.4 ms` (to the end of input), `101, 213 B went through`."""
    said = str(found.status) if found.last else "no answer"
    if found.status != 101:
        if found.closed is None:
            said += " · stays open"
        else:
            said += f" · {(found.answered or 0) * 1000 + found.closed * 1000:.1f} ms"
    return said + (f" · **{behind} B through**" if behind else "")


def summary(rows: list[Row], names: list[str]) -> str:
    """By group: how many requests, and how many of them each edge let through."""
    lines = [f"| | requests | {' | '.join(f'{name} lets through' for name in names)} |", "|---|---|" + "---|" * len(names)]
    groups = list(dict.fromkeys(row.wrong.group for row in rows))
    total = [0] * (len(names) + 1)
    for group in groups:
        mine = [row for row in rows if row.wrong.group == group]
        through = [sum(row.behind > 0 for row in mine)]
        for index in range(len(names) - 1):
            through.append(sum(bool(row.others[index] and row.others[index][1]) for row in mine))
        total = [a + b for a, b in zip(total, [len(mine), *through])]
        cells = [str(n) for n in through[:1]] + ["not asked" if group in NOT_THEIRS else str(n) for n in through[1:]]
        lines.append(f"| {group} | {len(mine)} | {' | '.join(cells)} |")
    lines.append(f"| **all** | **{total[0]}** | {' | '.join(f'**{n}**' for n in total[1:])} |")
    return "\n".join(lines)


def details(rows: list[Row], names: list[str]) -> str:
    lines = [f"| | request | promised | {' | '.join(names)} |", "|---|---|---|" + "---|" * len(names)]
    return "\n".join(lines + [row.markdown for row in rows])
