"""One process of ours: started, its ready line read, its log kept, ended by its own pid, and never allowed to crash."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import sanitizers
from waiting import SLOWNESS, eventually

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("RINGWAY_BIN_DIR", ROOT / ".build" / "debug")).resolve()

# What a Swift trap or the kernel leaves in a log.
CRASHES = (
    "Fatal error", "Program crashed", "Precondition failed", "Assertion failed", "*** Signal", "Segmentation fault",
)


def clean_environment(**more: str) -> dict[str, str]:
    """The tests' environment without settings of ours, so that a developer's shell changes nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RINGWAY_")}
    return {**kept, "SWIFT_BACKTRACE": "enable=no", **more}


class Crashed(AssertionError):
    """A process ended by itself, or left the trace of a trap or of a sanitizer."""


class Program:
    """A program of ours. `ready` is its ready line; `killed` is set when a test ended it on purpose."""

    def __init__(self, folder: Path, binary: str, *arguments: str, name: str | None = None, env: dict | None = None,
                 under: tuple = (), stderr: int | None = None):
        """`under` is a command that starts it (`prlimit …`); `stderr` a descriptor that gets its log instead of a file."""
        self.under, self.stderr = [str(part) for part in under], stderr
        self.folder, self.binary, self.arguments = folder, binary, [str(a) for a in arguments]
        self.name = name or binary
        self.env = env or {}
        self.log_path = folder / f"{self.name}.log"
        self.ready: dict = {}
        self.process: asyncio.subprocess.Process | None = None
        self.killed = False
        self.output = bytearray()
        self.tasks: list[asyncio.Task] = []

    async def spawn(self) -> "Program":
        """Starts it and returns at once; `wait_ready` waits."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.killed, self.ready, self.output = False, {}, bytearray()
        self.is_ready = asyncio.get_running_loop().create_future()
        with open(self.log_path, "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.under, str(BIN / self.binary), *self.arguments, cwd=self.folder, env=clean_environment(**self.env),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log if self.stderr is None else self.stderr)
        self.tasks = [asyncio.create_task(self.read_output())]
        return self

    async def read_output(self) -> None:
        while line := await self.process.stdout.readline():
            self.output += line
            if not self.is_ready.done() and line.startswith(b'{"ready":true'):
                self.is_ready.set_result(json.loads(line))
        await self.process.wait()
        if not self.is_ready.done():
            self.is_ready.set_result(None)

    async def wait_ready(self, seconds: float = 20) -> "Program":
        try:
            ready = await asyncio.wait_for(asyncio.shield(self.is_ready), seconds * SLOWNESS)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.name} printed no ready line in {seconds} s\n{self.tail()}") from None
        if ready is None:
            raise Crashed(f"{self.name} ended with {self.process.returncode} before it was ready\n{self.tail()}")
        self.ready = ready
        return self

    async def start(self) -> "Program":
        await self.spawn()
        return await self.wait_ready()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def log(self) -> str:
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    def tail(self, lines: int = 40) -> str:
        return f"--- {self.name} {' '.join(self.arguments)}\n" + "\n".join(self.log.splitlines()[-lines:])

    def signal(self, number: int) -> None:
        if self.running:
            os.kill(self.process.pid, number)

    async def freeze(self) -> None:
        """SIGSTOP, and waits until every thread stands still: the signal alone only asks for it."""
        self.signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{self.process.pid}/task")

        async def stands() -> bool:
            return all("\nState:\tT" in (task / "status").read_text() for task in tasks.iterdir())

        await eventually(stands, f"{self.name} stands still", 5)

    async def ended(self, seconds: float = 20) -> int:
        """Waits for its end and answers the exit code (negative: the signal)."""
        await asyncio.wait_for(asyncio.shield(self.process.wait()), seconds * SLOWNESS)
        await asyncio.gather(*self.tasks)
        return self.process.returncode

    async def stop(self, seconds: float = 20) -> None:
        """SIGTERM, and its end must be clean. What ended before, without being told to, has crashed."""
        if self.process is None or self.killed:
            return
        if not self.running:
            raise Crashed(f"{self.name} ended by itself with {self.process.returncode}\n{self.tail()}")
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        self.killed = True
        try:
            code = await self.ended(seconds)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.ended()
            raise AssertionError(f"{self.name} did not end within {seconds} s of SIGTERM\n{self.tail()}") from None
        if code != 0:
            raise Crashed(f"{self.name} ended with {code} after SIGTERM\n{self.tail()}")

    async def kill(self) -> None:
        """SIGKILL: the crash a test asks for."""
        self.killed = True
        if self.running:
            self.process.kill()
            await self.ended()

    def check_log(self) -> None:
        """Raises if the log holds the trace of a trap or of a sanitizer."""
        text = self.log
        if found := sanitizers.reports(text):
            raise Crashed(f"{self.name}: a sanitizer reports\n{found[0][:4000]}")
        for trace in CRASHES:
            if trace in text:
                start = max(0, text.index(trace) - 200)
                raise Crashed(f"{self.name} left {trace!r} in its log:\n{text[start:start + 4000]}")


async def run(binary: str, *arguments: str, seconds: float = 20, env: dict | None = None) -> tuple[int, str, str]:
    """Runs a program of ours to its end: exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        str(BIN / binary), *[str(a) for a in arguments], env=clean_environment(**(env or {})),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    try:
        out, err = await asyncio.wait_for(process.communicate(), seconds * SLOWNESS)
    except asyncio.TimeoutError:
        process.kill()
        out, err = await process.communicate()
        raise AssertionError(f"{binary} {arguments} still runs after {seconds} s\n{out}\n{err}") from None
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
