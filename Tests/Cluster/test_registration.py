"""Who may register and write: tokens, networks, the call back that only the process itself can answer, and what no program
does off loopback."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from calls import call, raw
from cluster import Cluster
from links import FakeNode
from programs import Program, run
from trust import NODES, Trust, instead, no_secret_in, up
from waiting import eventually


@pytest.fixture
def trust(folder):
    return Trust(folder / "trust")


# -- registration


async def test_writes_need_a_token_that_is_good_for_their_service(trust):
    async with trust.cluster(nodes=1, gateways=0, services=("chat", "game")) as cluster:
        registry, epoch = cluster.registry_address, (await cluster.ring()).epoch
        calls = [("POST", NODES), ("PUT", f"{NODES}/node-1/heartbeat"), ("POST", f"{NODES}/node-1/drain"),
                 ("DELETE", f"{NODES}/node-1"), ("PUT", "/v1/services/chat/settings"),
                 ("POST", "/v1/services/chat/confirm-loss")]
        for method, path in calls:
            for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Basic {trust.token}"},
                            {"Authorization": f"Bearer {trust.token}x"}, {"Authorization": f"Bearer {trust.token[:-1]}"},
                            {"Authorization": trust.token}):
                answer = await call(method, registry, path, {}, headers)
                assert answer.status == 401, (method, path, headers, answer)
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.body.count(b"\n") == 1 and answer.json["error"]["code"] == "unauthorized"
            answer = await call(method, registry, path, {}, trust.bearer(trust.game_token))
            assert answer.status == 403 and answer.json["error"]["code"] == "forbidden", answer
        assert (await cluster.ring()).epoch == epoch
        # The token of the service is good for it, and reading needs none on loopback.
        answer = await call("PUT", registry, "/v1/services/chat/settings", {"close_over_ms": 400},
                            trust.bearer(trust.chat_token))
        assert answer.status == 200, answer
        assert (await call("GET", registry, NODES)).status == 200
        # A node without a token, with a wrong one, and with that of another service stay outside.
        link = ("--link-secret-file", trust.link_file)
        for name, options in (("none", ()), ("wrong", ("--registry-token-file", trust.wrong_token_file))):
            with instead(cluster, "node", *link, *options):
                node = await cluster.add_node(name)
            await eventually(lambda: "unauthorized" in node.log, f"{name} is told so")
        assert up(await cluster.api_nodes()) == {"node-1"}
        # The verbs of people send it too.
        environment = {"RINGWAY_REGISTRY": registry}
        assert (await run("ringway", "drain", "node-1", env=environment))[0] != 0
        code, out, err = await run("ringway", "drain", "node-1", "--token-file", trust.token_file, env=environment)
        assert code == 0, err
        code, _, err = await run(
            "ringway", "settings", "set", "close_over_ms=300",
            env={**environment, "RINGWAY_TOKEN_FILE": trust.token_file})
        assert code == 0, err
        no_secret_in(cluster, *trust.secrets)
        assert trust.token not in out + err


HOSTILE = [
    "169.254.169.254:80", "169.254.0.1:7100", "[fd00:ec2::254]:80", "[fd20:ce::254]:80", "100.100.100.200:80",
    "168.63.129.16:80", "192.0.0.192:80", "0.0.0.0:{port}", "[::]:{port}", "0.0.0.1:7100", "[fe80::1]:7100",
    "[fe80::1%25lo]:7100", "[fe80::1%lo]:7100", "[::ffff:127.0.0.1]:{port}", "[::ffff:7f00:1]:{port}",
    "[::ffff:a9fe:a9fe]:80", "[::127.0.0.1]:{port}", "[64:ff9b::7f00:1]:{port}", "[2002:7f00:1::]:{port}",
    "[2001:0:7f00:1::]:{port}", "224.0.0.1:7100", "[ff02::1]:7100", "255.255.255.255:7100", "240.0.0.1:7100",
    "0177.0.0.1:{port}", "0x7f.0.0.1:{port}", "0x7f000001:{port}", "2130706433:{port}", "017700000001:{port}",
    "127.1:{port}", "127.0.1:{port}", "127.0.0.01:{port}", "localhost:{port}", "localhost.:{port}",
    "ip6-localhost:{port}", "127.0.0.1.nip.io:{port}", "metadata.google.internal:80", "node-1.example.org:7100",
    "127.0.0.1.:{port}", "127.0.0.1 :{port}", " 127.0.0.1:{port}", "127.0.0.１:{port}", "127。0。0。1:{port}",
    "user@127.0.0.1:{port}", "[::1]:{port}", "[0:0:0:0:0:0:0:1]:{port}", "[::0001]:{port}", "127.0.0.1:0{port}",
    "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+{port}", "127.0.0.1:0x1bbc", "127.0.0.1",
    ":{port}", "", "127.0.0.1:{port}/x", "127.0.0.1:{port}#", "x" * 4096 + ":{port}", "8.8.8.8:7100", "10.0.0.1:7100",
]


async def test_hostile_addresses_are_never_up(trust):
    """A willing node listens on 127.0.0.1 and ::1 and would answer each call back; networks allow loopback."""
    async with trust.cluster(nodes=1, gateways=0) as cluster:
        before = (await cluster.ring()).epoch
        async with FakeNode("hostile", secret=trust.secret.encode(), key=os.urandom(32)) as fake:
            for address in HOSTILE:
                wanted = address.replace("{port}", str(fake.port))
                answer = await cluster.api("POST", NODES, fake.registration(address=wanted))
                # ::1 is an allowed network; nobody listens there, so it fails at the call.
                allowed = wanted == f"[::1]:{fake.port}"
                assert answer.status == (502 if allowed else 400), (address, answer)
                assert "address" in answer.json["error"]["message"], (address, answer)
            for url in ("ws://169.254.169.254/chat", "ws://[::ffff:127.0.0.1]/chat", "ws://0x7f.1/chat",
                        "ws://10.0.0.1/chat", "ws://u:p@127.0.0.1/chat", "ws://127.0.0.1:0/", "http://127.0.0.1/"):
                answer = await cluster.api("POST", NODES, fake.registration(url=url))
                assert answer.status == 400 and "url" in answer.json["error"]["message"], (url, answer)
            assert not fake.hellos, "nobody was called"
            assert up(await cluster.api_nodes()) == {"node-1"} and (await cluster.ring()).epoch == before
            # The same registration with an honest address, so that nothing else was wrong with it.
            assert (await cluster.api("POST", NODES, fake.registration())).status == 201
            await cluster.settled({"node-1", "hostile"})


async def test_who_registers_the_address_of_another_process_is_not_up(trust):
    async with trust.cluster(nodes=2, gateways=0) as cluster:
        before = await cluster.ring()
        victim = before.nodes["node-1"]
        thief = FakeNode("node-1", incarnation=victim["inc"])
        body = {"address": victim["address"], "url": victim["url"]}
        # Under its own name, its own run, with another weight: exactly what a thief can know.
        thief.port = 1
        for changes in ({}, {"weight": 1}, {"incarnation": victim["inc"] + 1}, {"id": "thief"}):
            answer = await cluster.api("POST", NODES, thief.registration(**body, **changes))
            assert answer.status in (409, 502), (changes, answer)
        await asyncio.sleep(1)
        after = await cluster.ring()
        assert after.epoch == before.epoch and after.owners == {"node-1", "node-2"}


async def test_who_knows_the_link_secret_but_not_the_key_of_the_registration_is_not_up(trust):
    async with trust.cluster(nodes=1, gateways=0) as cluster:
        secret, key = trust.secret.encode(), os.urandom(32)
        for knows in (None, os.urandom(32)):
            async with FakeNode("fake", secret=secret, key=knows) as fake:
                answer = await cluster.api("POST", NODES, fake.registration(proof_key=key.hex()))
                assert answer.status == 502 and fake.hellos, answer
        for bad in (..., "", "5a", "zz" * 32, 7, (key + b"x").hex()):
            async with FakeNode("fake", secret=secret, key=key) as fake:
                answer = await cluster.api("POST", NODES, fake.registration(proof_key=bad))
                assert answer.status == 400 and "proof_key" in answer.json["error"]["message"], answer
        async with FakeNode("fake", secret=None, key=key) as fake:
            answer = await cluster.api("POST", NODES, fake.registration())
            assert answer.status == 502, "without the link secret the key is worth nothing"
        assert up(await cluster.api_nodes()) == {"node-1"}
        async with FakeNode("fake", secret=secret, key=key) as fake:
            assert (await cluster.api("POST", NODES, fake.registration())).status == 201
            await cluster.settled({"node-1", "fake"})
            stored = await cluster.redis.fields("ringway:{chat}:nodes")
            assert key.hex() not in str(stored) + cluster.registry.log


# -- off loopback


async def test_off_loopback_nothing_starts_without_what_proves_who_is_who(trust):
    link, tokens = ("--link-secret-file", trust.link_file), ("--token-file", trust.token_file)
    for program, arguments, flag in (
        ("ringway-registry", ("--host", "0.0.0.0"), "--token-file"),
        ("ringway-registry", ("--host", "0.0.0.0", *tokens), "--link-secret-file"),
        ("ringway-gateway", ("--host", "::"), "--link-secret-file"),
        ("ringway-gateway", ("--admin-host", "0.0.0.0"), "--admin-token-file"),
        ("ringway-node", ("--id", "n", "--host", "0.0.0.0"), "--link-secret-file"),
        ("ringway-node", ("--id", "n", "--admin-host", "0.0.0.0", *link), "--admin-token-file"),
    ):
        code, _, err = await run(program, *arguments)
        assert code == 78 and flag in err, (program, arguments, err)
    for lines, why in ((("short",), "characters"), ((), "no secret"), (["x" * 32] * 5, "5 secrets"),
                       (("x" * 31 + " y",), "spaces")):
        path = trust.write("bad", *lines)
        code, _, err = await run("ringway-gateway", "--link-secret-file", path)
        assert code == 78 and why in err and "xxxx" not in err, err
    code, _, err = await run("ringway-gateway", "--link-secret-file", str(trust.folder / "nowhere"))
    assert code == 78 and "cannot be opened" in err, err
    code, _, err = await run("ringway-registry", "--networks", "10.0.0.1/8")
    assert code == 78 and "--networks" in err, err


async def test_a_registry_off_loopback_shows_strangers_nothing_and_takes_no_loopback_node(folder, trust):
    async with Cluster(folder, nodes=0, gateways=0) as cluster:
        registry = Program(
            folder, "ringway-registry", "--host", "0.0.0.0", "--port", 0, "--prefix", "open", "--redis-url",
            cluster.redis_url, "--token-file", trust.token_file, "--link-secret-file", trust.link_file,
            "--admin-hosts", "registry.internal", name="open")
        await registry.start()
        address = "127.0.0.1:" + registry.ready["http"].rsplit(":", 1)[1]
        for path in ("/readyz", "/metrics", "/v1/services", NODES, "/nowhere"):
            answer = await call("GET", address, path)
            assert answer.status == 401, (path, answer)
            answer = await call("GET", address, path, headers=trust.bearer())
            assert answer.status in (200, 404, 503), (path, answer)
        assert (await call("GET", address, "/livez")).status == 200
        assert (await call("GET", address, "/v1/services", headers=trust.bearer(trust.chat_token))).status == 403
        for host, status in (("evil.example", 403), ("registry.internal:1", 200), ("localhost", 403)):
            answer, _ = await raw(
                address, f"GET /livez HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert answer.status == status, (host, answer)
        async with FakeNode("n", secret=trust.secret.encode(), key=os.urandom(32)) as fake:
            async def refused():
                answer = await call("POST", address, NODES, fake.registration(), trust.bearer())
                return answer if answer.status != 503 else None
            answer = await eventually(refused, "it has read Redis")
            assert answer.status == 400 and "address" in answer.json["error"]["message"], answer
        assert not any(secret in registry.log for secret in trust.secrets)
        await registry.stop()
        registry.check_log()


async def test_the_admin_port_takes_writes_with_a_token_only(folder, trust):
    admin = ("--admin-token-file", trust.token_file)
    async with Cluster(folder, nodes=1, gateways=1, gateway_options=admin, node_options=admin) as cluster:
        for program in (cluster.gateways[0], cluster.nodes["node-1"]):
            address = program.ready["admin"]
            assert (await call("GET", address, "/metrics")).status == 200
            answer = await call("POST", address, "/metrics", {})
            assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Bearer"), answer
            assert (await call("POST", address, "/metrics", {}, trust.bearer("x" * 48))).status == 401
            assert (await call("POST", address, "/metrics", {}, trust.bearer())).status == 405
            no_secret_in(cluster, trust.token)
    code, _, err = await run("ringway-node", "--help")
    assert code == 0, err


async def test_the_development_cluster_makes_secrets_of_its_own(folder):
    dev = Program(
        folder, "ringway", "dev", "--nodes", 1, "--gateways", 1, "--json", name="dev",
        env={"XDG_RUNTIME_DIR": str(folder)})
    await dev.spawn()
    try:
        await eventually(lambda: b'"registry"' in bytes(dev.output), "it is up", 60)
        files = sorted(folder.glob("ringway/dev-*/*-*"))
        assert [file.name for file in files] == ["link-secret", "registry-token"]
        assert all(file.stat().st_mode & 0o777 == 0o600 and len(file.read_text()) == 65 for file in files)
        environment = {"XDG_RUNTIME_DIR": str(folder)}
        code, out, err = await run("ringway", "drain", "node-1", env=environment)
        assert code == 0, err
        text = bytes(dev.output).decode() + dev.log
        assert not any(file.read_text().strip() in text for file in files)
    finally:
        dev.signal(signal.SIGTERM)
        await dev.ended(30)
    assert not list(folder.glob("ringway/dev-*"))
