"""Starting: every mistake in the settings is listed at once; the defaults find each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster import Cluster
from programs import BIN, Program, clean_environment, run
from redis_server import RedisServer
from waiting import SLOWNESS

PROGRAMS = ["ringway-registry", "ringway-gateway", "ringway-node"]
NEEDED = {"ringway-node": ["--id", "node-1"]}
DURATION = {"ringway-registry": "--lease", "ringway-node": "--drain-over"}


@pytest.mark.parametrize("program", PROGRAMS)
async def test_every_mistake_is_listed_and_the_start_refused_with_78(program, folder):
    file = folder / "settings.yaml"
    file.write_text("prot: 7000\nredis-url: redis://127.0.0.1:6379\n")
    arguments = [*NEEDED.get(program, []), "--nonsense", "1", "--port", "seventy", "--redis-url", "ftp://x", "--config",
                 file]
    if program in DURATION:
        arguments += [DURATION[program], "3 parsecs"]
    code, out, err = await run(program, *arguments, env={"RINGWAY_NO_SUCH_SETTING": "1", "RINGWAY_LOG_LEVEL": "loud"})
    assert code == 78, (code, out, err)
    for named in ("nonsense", "seventy", "redis-url", "prot", "RINGWAY_NO_SUCH_SETTING", "RINGWAY_LOG_LEVEL"):
        assert named in err, f"{named} is not listed:\n{err}"
    if program in DURATION:
        assert "3 parsecs" in err, err


@pytest.mark.parametrize("program, arguments", [
    ("ringway-node", []),
    ("ringway-node", ["--id", "has space"]),
    ("ringway-node", ["--id", "n", "--weight", "10001"]),
    ("ringway-node", ["--id", "n", "--service", "no/slash"]),
    ("ringway-node", ["--id", "n", "--application", "nethack"]),
    ("ringway-node", ["--id", "n", "--registry", "not a url"]),
    ("ringway-gateway", ["--port", "65536"]),
    ("ringway-gateway", ["--user-from", "telepathy"]),
    ("ringway-gateway", ["--loops", "0"]),
    ("ringway-gateway", ["--redis-url", "rediss://127.0.0.1"]),
    ("ringway-registry", ["--services", "a,,b"]),
    ("ringway-registry", ["--lease", "0s"]),
    ("ringway-registry", ["--config", "/nonexistent.yaml"]),
], ids=lambda value: " ".join(value) if isinstance(value, list) else value)
async def test_a_setting_that_cannot_be_meant_is_refused_with_78(program, arguments):
    code, _, err = await run(program, *arguments)
    assert code == 78 and err.strip(), (code, err)


@pytest.mark.parametrize("program", [*PROGRAMS, "ringway"])
async def test_help_and_version_are_printed_and_start_nothing(program):
    code, out, _ = await run(program, "--help")
    assert code == 0 and program in out
    if program != "ringway":
        assert "--redis-url" in out and "6379" in out, "defaults are shown"
    code, out, _ = await run(program, "--version")
    assert code == 0 and out.strip()


async def test_flags_win_over_the_environment_and_that_over_the_file(folder):
    redis = RedisServer(folder / "redis")
    await redis.start()
    file = folder / "gateway.yaml"
    file.write_text("id: from-file\nadmin-port: 0\nport: 0\n")
    programs = []
    try:
        for arguments, env, expected in (
            ([], {}, "from-file"), ([], {"RINGWAY_ID": "from-env"}, "from-env"),
            (["--id", "from-flag"], {"RINGWAY_ID": "from-env"}, "from-flag"),
        ):
            gateway = Program(
                folder, "ringway-gateway", "--config", file, "--redis-url", redis.url, *arguments, name=expected,
                env=env)
            programs.append(gateway)
            await gateway.start()
            assert gateway.ready["id"] == expected
            await gateway.stop()
            gateway.check_log()
    finally:
        for program in programs:
            await program.kill()
        await redis.kill()


async def test_the_ready_line_goes_to_the_descriptor_it_was_asked_for(folder):
    async with Cluster(folder, nodes=0, gateways=0) as cluster:
        reader, writer = os.pipe()
        with open(folder / "fd.log", "wb") as log:
            child = subprocess.Popen(
                [BIN / "ringway-gateway", "--port", "0", "--admin-port", "0", "--redis-url", cluster.redis_url,
                 "--ready-fd", str(writer)], pass_fds=[writer], stdout=subprocess.PIPE, stderr=log,
                env=clean_environment())
        os.close(writer)
        try:
            with os.fdopen(reader, "rb") as lines:
                ready = json.loads(lines.readline())
            assert ready["ready"] is True and ready["role"] == "gateway" and ":" in ready["data"]
        finally:
            child.terminate()
            out, _ = child.communicate(timeout=20 * SLOWNESS)
        assert child.returncode == 0 and b"ready" not in out


def test_with_redis_on_its_default_port_each_program_starts_with_no_flag_but_the_nodes_id(folder):
    """In a network namespace of its own, so that the default ports are always free."""
    probe = Path(__file__).with_name("default_ports.py")
    result = subprocess.run(
        [sys.executable, probe, folder], capture_output=True, text=True, timeout=120 * SLOWNESS,
        env={**os.environ, "RINGWAY_BIN_DIR": str(BIN)})
    if result.returncode == 77:
        pytest.skip(f"DEFAULT PORTS NOT TESTED: {result.stdout.strip()}")
    assert result.returncode == 0, result.stdout + result.stderr
