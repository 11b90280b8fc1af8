"""scripts/check must see what it is there to see: one tree with one mistake each, and a clean one."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import subprocess

import pytest

from programs import ROOT

CLEAN = {
    "Package.swift": "// see docs",
    "Sources/HashRing/Ring.swift": "/// A ring.\npublic struct Ring {}\n",
    "Sources/Gateway/Router.swift": "import HashRing\n",
    "docs/architecture.md": (
        "# Map\n| `HashRing` | nothing |\n| `Gateway` | `HashRing` |\n"
        "[the map](#map) `Sources/Gateway/Router.swift`\n"),
}
MISTAKES = {
    "check_length": {"Sources/HashRing/Long.swift": "//\n" * 401},
    "check_layers": {"Sources/HashRing/Bad.swift": "import Gateway\n"},
    "check_layers ": {"Sources/HashRing/Bad.swift": "import Foundation\n"},
    "check_layers  ": {"docs/architecture.md": "| `HashRing` | `Gateway` |\n| `Gateway` | `HashRing` |\n"},
    "check_layers   ": {"docs/architecture.md": "| `HashRing` | nothing |\n"},
    "check_words": {"Sources/Gateway/Bad.swift": "let a = try! b()\n"},
    "check_words ": {"Tests/GatewayTests/Bad.swift": "usleep(1000)\n"},
    "check_words  ": {"Sources/Gateway/Bad.swift": "// TODO: later\n"},
    "check_words   ": {"Sources/Gateway/A.swift": "extension A: @unchecked Sendable {}\n",
                       "Sources/Gateway/B.swift": "extension B: @unchecked Sendable {}\n"},
    "check_links": {"README.md": "[gone](docs/gone.md)\n"},
    "check_links ": {"README.md": "[gone](docs/architecture.md#nowhere)\n"},
    "check_paths": {"docs/architecture.md": CLEAN["docs/architecture.md"] + "`Sources/Gateway/Gone.swift`\n"},
    "check_top": {"Makefile": "all:\n"},
}


@pytest.fixture
def check(monkeypatch):
    loader = importlib.machinery.SourceFileLoader("check", str(ROOT / "scripts" / "check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
    loader.exec_module(module)
    monkeypatch.setattr(module, "layers", lambda tree: {"HashRing": set(), "Gateway": {"HashRing", "Logging"}})
    return module


def problems(check, folder, files: dict[str, str], only: str) -> list[str]:
    subprocess.run(["git", "init", "-q", folder], check=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    tree = check.Tree(folder)
    getattr(check, only.strip())(tree)
    return tree.problems


@pytest.mark.parametrize("only", sorted({name.strip() for name in MISTAKES}))
def test_a_clean_tree_passes(check, folder, only):
    assert problems(check, folder, CLEAN, only) == []


@pytest.mark.parametrize("only", MISTAKES)
def test_a_mistake_is_found(check, folder, only):
    assert len(problems(check, folder, {**CLEAN, **MISTAKES[only]}, only)) == 1
