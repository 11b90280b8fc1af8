"""How the tests run: coroutines on one event loop, a folder for each test, a deadline for each test.

    RINGWAY_BIN_DIR      the folder of the programs under test (default .build/debug)
    RINGWAY_SLOWNESS     stretches the tests' own deadlines, for sanitizer builds
    RINGWAY_OUTAGE       seconds that Redis stays stopped in test_redis_outage.py (default 60)
"""

from __future__ import annotations

import asyncio
import inspect
import os

import pytest

from programs import BIN
from waiting import SLOWNESS

RUNNER = asyncio.Runner()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "deadline(seconds): this test may take longer than 120 s")


def pytest_sessionstart(session: pytest.Session) -> None:
    missing = [p for p in ("ringway", "ringway-registry", "ringway-gateway", "ringway-node") if not (BIN / p).exists()]
    if missing and not session.config.option.collectonly:
        pytest.exit(f"{', '.join(missing)} not in {BIN}: build first (swift build)", returncode=3)


def pytest_sessionfinish() -> None:
    RUNNER.close()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    marker = pyfuncitem.get_closest_marker("deadline")
    seconds = (marker.args[0] if marker else 120) * SLOWNESS
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def test() -> None:
        async with asyncio.timeout(seconds):
            await pyfuncitem.obj(**arguments)

    RUNNER.run(test())
    return True


@pytest.fixture
def folder(tmp_path):
    """This test's own folder: Redis' data, every process' log."""
    return tmp_path


@pytest.fixture(scope="module")
def shared(request, tmp_path_factory):
    """A cluster that the tests of a module share; each leaves it as it was. The module describes it in CLUSTER."""
    from cluster import Cluster

    cluster = Cluster(tmp_path_factory.mktemp("shared"), **getattr(request.module, "CLUSTER", {}))
    RUNNER.run(cluster.__aenter__())
    yield cluster
    RUNNER.run(cluster.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def outage_seconds() -> float:
    return float(os.environ.get("RINGWAY_OUTAGE", "60"))
