"""A headless Chromium, driven over its DevTools protocol. It has a folder of its own, and is ended by its own pid."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path

from websockets.asyncio.client import connect

from waiting import SLOWNESS, eventually

# The names under which distributions know it.
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-default-apps",
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--remote-debugging-port=0",
)


class CommandFailed(OSError):
    """The browser could not do it. While a page loads that passes, so `eventually` tries again."""


class PageError(AssertionError):
    """A script of a page threw."""


class Browser:
    """`async with Browser(folder) as browser: page = await browser.page(url)`"""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "chromium.log"
        self.number = 0
        self.answers: dict[int, asyncio.Future] = {}

    async def __aenter__(self) -> "Browser":
        program = next((path for path in map(shutil.which, NAMES) if path), None)
        # No skip: without a browser nobody knows whether the module works.
        assert program, f"none of {', '.join(NAMES)} is on PATH: scripts/install --browser brings chromium"
        profile = self.folder / "profile"
        with open(self.log, "ab") as log:
            # A session of its own, so that its many processes end together.
            self.process = await asyncio.create_subprocess_exec(
                program, *FLAGS, f"--user-data-dir={profile}", "about:blank", stdin=asyncio.subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, env={**os.environ, "HOME": str(self.folder)})
        try:
            port, path = await eventually(
                lambda: len(lines := (profile / "DevToolsActivePort").read_text().split()) == 2 and lines,
                "Chromium's DevTools port", seconds=60)
            self.socket = await connect(
                f"ws://127.0.0.1:{port}{path}", max_size=None, compression=None, proxy=None, ping_interval=None)
        except BaseException:
            await self._kill()
            raise
        self.reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_) -> None:
        self.reader.cancel()
        await self.socket.close()
        await self._kill()

    async def _kill(self) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    async def _read(self) -> None:
        async for text in self.socket:
            answer = json.loads(text)
            waiting = self.answers.pop(answer.get("id"), None)
            if waiting and not waiting.done():
                waiting.set_result(answer)

    async def call(self, method: str, session: str | None = None, **parameters) -> dict:
        """One command of the protocol, and its result."""
        self.number += 1
        answer = self.answers[self.number] = asyncio.get_running_loop().create_future()
        command = {"id": self.number, "method": method, "params": parameters}
        await self.socket.send(json.dumps(command | ({"sessionId": session} if session else {})))
        async with asyncio.timeout(30 * SLOWNESS):
            result = await answer
        if "error" in result:
            raise CommandFailed(f"{method}: {result['error']}")
        return result["result"]

    async def page(self, url: str) -> "Page":
        """A page at `url`, loaded."""
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        page = Page(self, target, session)
        await self.call("Page.navigate", session, url=url)
        await eventually(
            lambda: page.run("document.readyState === 'complete' && location.href !== 'about:blank'"), f"{url} loads",
            seconds=30)
        return page


class Page:
    """One page."""

    def __init__(self, browser: Browser, target: str, session: str):
        self.browser, self.target, self.session = browser, target, session

    async def run(self, script: str):
        """Evaluates an expression, waits for its promise, and gives its value as JSON knows it."""
        result = await self.browser.call(
            "Runtime.evaluate", self.session, expression=script, awaitPromise=True, returnByValue=True, replMode=True)
        if problem := result.get("exceptionDetails"):
            raise PageError(problem.get("exception", {}).get("description") or problem["text"])
        return result["result"].get("value")

    async def close(self) -> None:
        await self.browser.call("Target.closeTarget", targetId=self.target)
