"""What the documentation says is true: its commands run, its tables name every setting, metric and close code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs_commands import script_of
from programs import BIN, ROOT, run
from waiting import SLOWNESS

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
CLUSTER = {"nodes": 2, "gateways": 1}


def test_every_command_of_every_page_runs(folder):
    pages = [page for page in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))] if script_of(page)]
    assert len(pages) >= 5
    result = subprocess.run(
        [sys.executable, Path(__file__).with_name("docs_commands.py"), folder, *pages], capture_output=True, text=True,
        timeout=300 * SLOWNESS, env={**os.environ, "RINGWAY_BIN_DIR": str(BIN)})
    if result.returncode == 77:
        pytest.skip(f"DOCUMENTATION'S COMMANDS NOT RUN: no network namespace ({result.stdout.strip()})")
    assert result.returncode == 0, result.stdout + result.stderr


def documented_flags(program: str) -> dict[str, str]:
    """flag → default, from the sections for every program and for this one."""
    text = (REFERENCE / "settings.md").read_text()
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    shown = [name for name in sections if name == "Every program" or program in name.split(" and ")]
    rows = re.findall(r"^\| `--([a-z-]+)` \| (.*?) \|", "".join(sections[name] for name in shown), re.MULTILINE)
    return {flag: default.replace("`", "") for flag, default in rows}


@pytest.mark.parametrize("program", ["ringway-registry", "ringway-gateway", "ringway-node"])
async def test_every_setting_and_its_default_is_documented_and_no_other(program):
    code, text, _ = await run(program, "--help")
    assert code == 0
    shown = dict(re.findall(r"^  --([a-z-]+) VALUE.*\n\s+.*?; (?:default )?(.*)$", text, re.MULTILINE))
    documented = documented_flags(program)
    assert set(documented) == set(shown)
    for flag, default in shown.items():
        assert documented[flag].split(",")[0] in default or default in documented[flag], (flag, default)


async def test_every_metric_is_documented_with_its_kind_and_no_other(shared):
    text = (REFERENCE / "metrics.md").read_text()
    documented = {name: (set(labels.split(", ")) - {"none"}, kind) for name, labels, kind in re.findall(
        r"^\| `(ringway_\w+)` \| (.*?) \| (\w+) \|", text, re.MULTILINE)}
    user = await shared.user("metrics")
    await user.alive()
    await user.leave()
    shown: dict[str, str] = {}
    for program in shared.programs:
        metrics = await shared.metrics(program)
        shown |= metrics.types
        for name, labels, _ in metrics.samples:
            assert labels.keys() <= documented.get(name, (set(), ""))[0], f"{name} has the labels {set(labels)}"
    assert shown == {name: kind for name, (_, kind) in documented.items()}


def test_every_close_code_is_documented_with_its_name_and_advice():
    source = (ROOT / "Sources" / "ClusterModel" / "CloseCode.swift").read_text()
    declared = {int(code): name for name, code in re.findall(r"let (\w+) = CloseCode\(rawValue: (4\d+)\)", source)}
    rows = re.findall(r"^\| (4\d+) \| (\w+) \| .*? \| (yes|no) \|$", (REFERENCE / "close-codes.md").read_text(),
                      re.MULTILINE)
    assert {int(code): name for code, name, _ in rows} == declared
    assert all((advice == "yes") == (int(code) < 4500) for code, _, advice in rows)


def test_every_redis_key_is_documented():
    source = (ROOT / "Sources" / "ClusterModel" / "Keyspace.swift").read_text()
    keys = {key.replace("\\(prefix)", "ringway").replace("\\(service)", "chat")
            for key in re.findall(r'"(\\\(prefix\):[^"]*)"', source)}
    text = (REFERENCE / "redis-keys.md").read_text()
    assert len(keys) >= 7
    assert not [key for key in keys if f"`{key}`" not in text and f"`{key}` " not in text]
