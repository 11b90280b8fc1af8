"""Processes of a benchmark: pinned to a core, waited for, and ended by their own pids."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".bench"
RELEASE = ROOT / ".build" / "release"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    """Everything that was started; leaving it ends all of it, last started first."""

    def __init__(self):
        self.running: list[subprocess.Popen] = []
        self.logs = WORK / "logs"

    def __enter__(self) -> "Stage":
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        return self

    def __exit__(self, *_) -> None:
        for process in reversed(self.running):
            if process.poll() is None:
                process.terminate()
        for process in reversed(self.running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, core: int, *command, ready: bool = False) -> tuple[subprocess.Popen, dict]:
        """Starts a command on one core, as undisturbed as the machine allows; `ready` waits for a ready line."""
        with open(self.logs / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [WORK / "prio", "taskset", "-c", str(core), *map(str, command)], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if ready else log, stderr=log, cwd=WORK)
        self.running.append(process)
        if not ready:
            return process, {}
        line = process.stdout.readline()
        if not line.startswith(b'{"ready":true'):
            raise SystemExit(f"{name} did not start, see {self.logs / name}.log")
        return process, json.loads(line)

    def listens(self, process: subprocess.Popen, port: int, seconds: float = 20) -> None:
        """Waits until something listens on the port."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise SystemExit(f"{process.args} ended with {process.returncode}, see {self.logs}")
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"nothing listens on {port}: {process.args}")


def family(pid: int) -> list[int]:
    """A process and its children (nginx and HAProxy may have workers)."""
    found = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += family(int(child))
    except OSError:
        pass
    return found
