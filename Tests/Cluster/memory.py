"""How much memory a process really has: its share of pages (PSS), so that what programs share is not counted twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

from programs import Program


def proportional_kib(program: Program) -> int:
    text = Path(f"/proc/{program.process.pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


async def settled_kib(program: Program, seconds: float = 2, enough: int = 0) -> int:
    """The least that is seen within a while: buffers go back when what needed them is over. Below `enough` it is enough."""
    least = proportional_kib(program)
    for _ in range(int(seconds * 10)):
        if least < enough:
            break
        await asyncio.sleep(0.1)
        least = min(least, proportional_kib(program))
    return least


class Growth:
    """`async with Growth(gateway, node) as growth: …`, then `growth.kib` by name: what is kept after all is over.

    `peaks` are the most that was seen meanwhile.
    """

    def __init__(self, *programs: Program):
        self.programs = programs
        self.kib: dict[str, int] = {}
        self.peaks: dict[str, int] = {}

    async def __aenter__(self) -> "Growth":
        self.before = {p.name: await settled_kib(p, 0.3) for p in self.programs}
        self.watching = asyncio.create_task(self.watch())
        return self

    async def watch(self) -> None:
        while True:
            for program in self.programs:
                grown = proportional_kib(program) - self.before[program.name]
                self.peaks[program.name] = max(self.peaks.get(program.name, 0), grown)
            await asyncio.sleep(0.02)

    async def __aexit__(self, kind, *_) -> None:
        self.watching.cancel()
        if kind is None:
            self.kib = {
                p.name: await settled_kib(p, enough=self.before[p.name] + 1024) - self.before[p.name]
                for p in self.programs}
