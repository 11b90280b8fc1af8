"""An interpreter for the suite, which is Python 2 only, and a virtual environment with everything pinned.

As a program it makes the environment and prints its path; exit code 77 if this machine has no Python 2.7.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".build" / "conformance"
PINS = ROOT / "scripts" / "requirements-conformance.txt"
# The last virtualenv that makes environments of Python 2.7. It runs on ours and brings the pip it puts into them along,
# so the old interpreter needs nothing but itself.
VIRTUALENV = "virtualenv==20.15.1"
SKIPPED = 77

PROBE = "import sys, ssl, zlib, ctypes; sys.stdout.write('%d.%d' % sys.version_info[:2])"


class Missing(Exception):
    """No interpreter that the suite runs on."""


def candidates() -> list[str]:
    """Where a Python 2.7 may be, best first."""
    found = [os.environ.get("RINGWAY_PYTHON2", "")]
    if found[0]:
        return found
    names = ("python2.7", "python2", "pypy2.7", "pypy2", "pypy", "python")
    found += [shutil.which(name) or "" for name in names]
    roots = [os.environ.get("PYENV_ROOT", ""), "~/.pyenv", "/opt/pyenv", "/usr/local/pyenv"]
    for root in roots:
        folder = Path(root).expanduser() / "versions"
        if root and folder.is_dir():
            versions = [*folder.glob("2.7*"), *folder.glob("pypy2.7*")]
            found += [str(v / "bin" / n) for v in sorted(versions, reverse=True) for n in ("python2.7", "pypy")]
    return [path for path in found if path and Path(path).exists()]


def interpreter() -> str:
    """The first candidate that really is a 2.7 with TLS and zlib (a pyenv shim may be there and start nothing)."""
    tried = candidates()
    for path in tried:
        try:
            asked = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if asked.returncode == 0 and asked.stdout == "2.7":
            return path
    where = f"tried {', '.join(tried)}" if tried else "none on PATH, none of pyenv's"
    raise Missing(f"no Python 2.7 here ({where}); `pyenv install 2.7.18`, or RINGWAY_PYTHON2=/path/to/python2.7")


def run(*command, **options) -> None:
    """A step of the installation; what it printed is shown only if it failed."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def environment() -> Path:
    """The folder with `wstest`; made anew if the interpreter or a pin changed."""
    python = interpreter()
    pins = PINS.read_text("utf-8")
    mark = hashlib.sha256(f"{python}\n{VIRTUALENV}\n{pins}".encode()).hexdigest()
    venv, done = WORK / "python2", WORK / "installed"
    if done.exists() and done.read_text() == mark and (venv / "bin" / "wstest").exists():
        return venv / "bin"
    shutil.rmtree(venv, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    tool = WORK / "virtualenv"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", tool, VIRTUALENV)
    run(sys.executable, "-m", "virtualenv", "--no-periodic-update", "-p", python, venv,
        env={**os.environ, "PYTHONPATH": str(tool)})
    lines = [line for line in pins.splitlines() if line and not line.startswith("#")]
    needed = [line for line in lines if "# optional" not in line]
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
    run(*pip, *needed)
    for line in set(lines) - set(needed):
        extra = subprocess.run([*map(str, pip), line.split("#")[0].strip()], capture_output=True, text=True)
        if extra.returncode != 0:
            print(f"{line}: could not be built here; the suite is slower without it", file=sys.stderr)
    run(venv / "bin" / "wstest", "--autobahnversion")
    done.write_text(mark)
    return venv / "bin"


if __name__ == "__main__":
    try:
        print(environment())
    except Missing as missing:
        print(f"scripts/conformance: NOTHING WAS RUN: {missing}", file=sys.stderr)
        sys.exit(SKIPPED)
