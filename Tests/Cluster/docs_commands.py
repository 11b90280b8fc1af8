"""Run by test_docs.py as a process: a cluster with the default ports in a network namespace of its own, and on it every
`sh` block of the pages given, each page as one script. Prints what failed; exit 77 if no namespace can be had."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import namespace
from calls import call
from programs import BIN, ROOT, Program, clean_environment
from redis_server import RedisServer
from waiting import SLOWNESS, eventually


def script_of(page: Path) -> str:
    """The page's `sh` blocks, one after the other."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL))


async def run_page(page: Path, folder: Path) -> bool:
    environment = clean_environment(PATH=f"{BIN}:{os.environ['PATH']}", XDG_RUNTIME_DIR=str(folder))
    process = await asyncio.create_subprocess_exec(
        "bash", "-euxo", "pipefail", "-c", script_of(page), env=environment, cwd=folder,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 60 * SLOWNESS)
    except asyncio.TimeoutError:
        process.kill()
        out, _ = await process.communicate()
        out += b"\nstill running after 60 s"
    if process.returncode != 0:
        print(f"--- {page.relative_to(ROOT)}: exit {process.returncode}\n{out.decode('utf-8', 'replace')}")
    return process.returncode == 0


async def main(folder: Path, pages: list[Path]) -> int:
    redis = RedisServer(folder / "redis", port=6379)
    free = ["--link-port", 0, "--port", 0, "--admin-port", 0]
    programs = [
        Program(folder, "ringway-registry"), Program(folder, "ringway-gateway"),
        *(Program(folder, "ringway-node", "--id", f"node-{i}", *(free if i > 1 else []), name=f"node-{i}")
          for i in (1, 2, 3)),
    ]
    # The pages are read in the repository's folder.
    (folder / "scripts").symlink_to(ROOT / "scripts")
    try:
        await redis.start()
        for program in programs:
            await program.start()

        async def complete():
            answer = await call("GET", "127.0.0.1:7300", "/v1/services/chat/ring")
            routed = await call("GET", "127.0.0.1:7000", "/v1/services/chat/where?user=alice")
            return len(answer.json["nodes"]) == 3 and routed.json.get("epoch") == answer.json["epoch"]

        await eventually(complete, "three nodes are in the ring", 20)
        good = [await run_page(page, folder) for page in pages]
        for program in reversed(programs):
            await program.stop()
        return 0 if all(good) else 1
    finally:
        for program in programs:
            await program.kill()
        await redis.kill()


if __name__ == "__main__":
    try:
        namespace.enter()
    except OSError as problem:
        print(problem)
        sys.exit(77)
    sys.exit(asyncio.run(main(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])))
