"""Tables that scripts write into the documentation, between two markers that stay."""

from __future__ import annotations

from pathlib import Path


def replace(page: Path, name: str, text: str) -> None:
    """Puts `text` between `<!-- name: … -->` and `<!-- end name -->`; everything else stays."""
    lines = page.read_text("utf-8").split("\n")
    first = [i for i, line in enumerate(lines) if line.startswith(f"<!-- {name}:")]
    last = [i for i, line in enumerate(lines) if line == f"<!-- end {name} -->"]
    if len(first) != 1 or len(last) != 1 or last[0] < first[0]:
        raise SystemExit(f"{page}: no single pair of markers '{name}'")
    lines[first[0] + 1:last[0]] = ["", *text.split("\n"), ""]
    page.write_text("\n".join(lines), "utf-8")
