"""Reads Prometheus text, strictly enough to notice when it is not."""

from __future__ import annotations

import re

from calls import call

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:[eE][-+]?[0-9]+)?|NaN|[+-]Inf)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')


class Metrics:
    """One scrape: `value(name, label=…)` sums every sample with these labels."""

    def __init__(self, text: str):
        self.samples: list[tuple[str, dict[str, str], float]] = []
        self.types: dict[str, str] = {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name not in self.types, f"{name} has two TYPE lines"
                self.types[name] = kind
            elif line and not line.startswith("#"):
                match = SAMPLE.match(line)
                assert match, f"not a Prometheus sample: {line!r}"
                self.samples.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))

    def value(self, name: str, **labels: str) -> float:
        found = [v for n, have, v in self.samples if n == name and labels.items() <= have.items()]
        return sum(found)

    def has(self, name: str) -> bool:
        return any(n == name for n, _, _ in self.samples)

    def labels(self, name: str, label: str) -> set[str]:
        return {have[label] for n, have, _ in self.samples if n == name and label in have}


async def scrape(address: str) -> Metrics:
    answer = await call("GET", address, "/metrics")
    assert answer.status == 200, answer
    return Metrics(answer.text)
