"""Waiting with a deadline, never with a guess.

Sanitizer builds run several times slower: RINGWAY_SLOWNESS stretches every deadline of the tests themselves
(not the times that are promised to users, those are asserted as they are written in the documentation).
"""

from __future__ import annotations

import asyncio
import inspect
import os
import time

SLOWNESS = float(os.environ.get("RINGWAY_SLOWNESS", "1"))


class Late(AssertionError):
    """Something did not happen before its deadline."""


async def eventually(condition, what: str, seconds: float = 10, every: float = 0.02):
    """Waits until `condition()` (plain or async) is true, and returns what it returned; `Late` after the deadline."""
    deadline = time.monotonic() + seconds * SLOWNESS
    last = None
    while True:
        try:
            last = condition()
            if inspect.isawaitable(last):
                last = await last
            if last:
                return last
        except (OSError, EOFError, LookupError, asyncio.IncompleteReadError) as problem:
            last = problem
        if time.monotonic() > deadline:
            raise Late(f"not within {seconds:g} s: {what} (last seen: {last!r})")
        await asyncio.sleep(every)


async def gathered(coroutines, at_once: int = 100) -> list:
    """Runs many coroutines, at most `at_once` together; the first failure is raised."""
    gate = asyncio.Semaphore(at_once)

    async def one(coroutine):
        async with gate:
            return await coroutine

    return await asyncio.gather(*(one(coroutine) for coroutine in coroutines))
