"""Run by test_startup.py as a process: every program with its defaults, in a network namespace of its own.

Exit 0: they found each other and worked; 77: no namespace can be had here and a default port is taken.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import namespace
from calls import call
from programs import Program
from redis_server import RedisServer
from users import User
from waiting import eventually

PORTS = (6379, 7000, 7001, 7100, 7101, 7200, 7300)


def taken() -> list[int]:
    found = []
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                found.append(port)
    return found


async def main(folder: Path) -> None:
    redis = RedisServer(folder / "redis", port=6379)
    registry = Program(folder, "ringway-registry")
    gateway = Program(folder, "ringway-gateway")
    node = Program(folder, "ringway-node", "--id", "node-1")
    programs = [registry, gateway, node]
    try:
        await redis.start()
        for program in programs:
            await program.start()
        assert registry.ready["http"] == "127.0.0.1:7300"
        assert (gateway.ready["data"], gateway.ready["admin"]) == ("127.0.0.1:7000", "127.0.0.1:7001")
        ends = (node.ready["link"], node.ready["direct"], node.ready["admin"])
        assert ends == ("127.0.0.1:7100", "127.0.0.1:7200", "127.0.0.1:7101"), ends

        async def found():
            return (await call("GET", "127.0.0.1:7000", "/v1/services/chat/where?user=alice")).status == 200

        await eventually(found, "the gateway routes to the node")
        alice = await User.open("ws://127.0.0.1:7000/chat?user=alice", "alice")
        assert alice.node == "node-1"
        await alice.alive()
        await alice.leave()
        for program in reversed(programs):
            await program.stop()
            program.check_log()
        await redis.stop()
    except BaseException:
        for program in programs:
            print(program.tail())
        raise
    finally:
        for program in programs:
            await program.kill()
        await redis.kill()


if __name__ == "__main__":
    try:
        namespace.enter()
    except OSError as problem:
        if taken():
            print(f"no network namespace ({problem}) and ports {taken()} are in use")
            sys.exit(77)
    asyncio.run(main(Path(sys.argv[1])))
