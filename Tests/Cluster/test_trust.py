"""Who is one of us: link secrets, registrations and their call back, tokens, networks. Real processes, and strangers that
speak the protocol as well as they do."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

from calls import call, raw
from cluster import Cluster
from links import ATTACHED, FORWARD, NODE, Caller, FakeNode, frame
from programs import Program, run
from users import Refused
from waiting import eventually

NODES = "/v1/services/chat/nodes"


class Trust:
    """The files of one cluster's secrets, and everything that may stand in no log."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.secret, self.other = os.urandom(24).hex(), os.urandom(24).hex()
        self.token, self.chat_token, self.game_token = (os.urandom(24).hex() for _ in range(3))
        self.link_file = self.write("link-secret", self.secret)
        self.other_file = self.write("other-secret", self.other)
        self.token_file = self.write(
            "tokens", self.token, f"chat:{self.chat_token}", f"game:{self.game_token}")
        self.wrong_token_file = self.write("wrong-token", os.urandom(24).hex())

    def write(self, name: str, *lines: str) -> str:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    @property
    def secrets(self) -> list[str]:
        files = [path.read_text() for path in self.folder.iterdir()]
        return [line.rpartition(":")[2] for text in files for line in text.split()]

    def cluster(self, **options) -> Cluster:
        link = ("--link-secret-file", self.link_file)
        return Cluster(
            self.folder.parent, registry_options=(*link, "--token-file", self.token_file), gateway_options=link,
            node_options=(*link, "--registry-token-file", self.token_file), token=self.token, **options)

    def bearer(self, token: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.token}"}


@pytest.fixture
def trust(folder):
    return Trust(folder / "trust")


@contextmanager
def instead(cluster: Cluster, role: str, *options: str):
    """What is started meanwhile in this role gets these options, and not those of the cluster."""
    own, cluster.options[role] = cluster.options[role], options
    try:
        yield
    finally:
        cluster.options[role] = own


def no_secret_in(cluster: Cluster, *secrets: str) -> None:
    for program in cluster.programs:
        for secret in secrets:
            assert secret not in program.log, f"{program.name} logged a secret"


def up(nodes: dict[str, dict]) -> set[str]:
    return {name for name, node in nodes.items() if node["state"] == "up"}


# -- links


async def test_a_cluster_with_secrets_works_and_says_none_of_them(trust):
    async with trust.cluster(nodes=3, gateways=2, services=("chat", "game")) as cluster:
        alice, bob = await cluster.user("alice"), await cluster.user("bob", 1)
        for sender, receiver in ((alice, "bob"), (bob, "alice")):
            assert (await sender.say(receiver, {"n": 1}))["status"] == "delivered"
        no_secret_in(cluster, *trust.secrets)
        for program in cluster.programs:
            assert not re.search(r"\b[0-9a-f]{64}\b", program.log), f"{program.name} logged 32 bytes of hex"


async def test_a_gateway_with_another_secret_or_none_never_gets_a_leg(trust):
    async with trust.cluster(nodes=2, gateways=1) as cluster:
        good = await cluster.user("alice")
        for name, options in (("other", ("--link-secret-file", trust.other_file)), ("none", ())):
            with instead(cluster, "gateway", *options):
                gateway = await cluster.add_gateway(name)
            await eventually(lambda: is_ready(gateway), f"{name} has a ring")
            for user in ("alice", "bob", "carol"):
                with pytest.raises(Refused) as refusal:
                    await cluster.user(user, cluster.gateways.index(gateway))
                assert refusal.value.status == 502
            assert '"no link"' in gateway.log or "no link" in gateway.log
            assert (await cluster.metrics(gateway)).value("ringway_links") == 0
        sessions = [(await cluster.metrics(node)).value("ringway_sessions", service="chat")
                    for node in cluster.nodes.values()]
        assert sum(sessions) == 1
        await good.alive()
        no_secret_in(cluster, *trust.secrets)


async def is_ready(program: Program) -> bool:
    return (await call("GET", program.ready["admin"], "/readyz")).status == 200


async def test_a_node_with_another_secret_or_none_is_never_up_and_gets_nobody(trust):
    async with trust.cluster(nodes=1, gateways=1) as cluster:
        before = await cluster.ring()
        token = ("--registry-token-file", trust.token_file)
        for name, options in (("other", ("--link-secret-file", trust.other_file)), ("none", ())):
            with instead(cluster, "node", *token, *options):
                node = await cluster.add_node(name)
            await eventually(lambda: "call_back_failed" in node.log, f"{name} is refused by the registry", 15)
        await asyncio.sleep(1)
        assert (await cluster.ring()).owners == before.owners == {"node-1"}
        assert up(await cluster.api_nodes()) == {"node-1"}


async def test_a_gateway_with_a_secret_gives_nobody_to_a_node_without(folder, trust):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        gateway = await cluster.add_gateway("strict", "--link-secret-file", trust.link_file)
        await eventually(lambda: is_ready(gateway), "it has a ring")
        with pytest.raises(Refused) as refusal:
            await cluster.user("alice", 1)
        assert refusal.value.status == 502
        node = await cluster.add_node("strict-node", "--link-secret-file", trust.link_file)
        await eventually(lambda: "call_back_failed" in node.log, "the registry has no secret to show", 15)
        assert (await cluster.ring()).owners == {"node-1"}
        await (await cluster.user("alice")).alive()


async def test_a_node_takes_what_is_proven_and_nothing_else(trust):
    async with trust.cluster(nodes=1, gateways=1) as cluster:
        node, epoch = cluster.nodes["node-1"], (await cluster.ring()).epoch
        address, secret = node.ready["link"], trust.secret.encode()
        good = Caller(address, secret)
        assert await good.open("node-1") == (True, "") and good.is_node_proven
        # Some of these users live on the loop that the link is for.
        for leg in range(16):
            good.attach(f"user-{leg}", epoch, 0x01000000 + leg)
        assert ATTACHED in [(await good.next())[0] for _ in range(16)]
        # A gateway may not forward: the role is part of what was proven, and has its own rights.
        good.writer.write(frame(FORWARD, b"\0" * 25))
        while (got := await good.next()) is not None:
            assert got[0] != FORWARD + 1
        for stranger, why in ((Caller(address, trust.other.encode()), "proof"), (Caller(address, None), "prove")):
            is_open, reason = await stranger.open("node-1")
            assert not is_open and why in reason, reason
            stranger.attach("mallory", epoch)
            assert await stranger.next() is None
        is_open, reason = await Caller(address, secret).open("node-1", version=1)
        assert not is_open and "version 2" in reason
        for changed, why in (({"service": "game"}, "serves chat"), ({"target": "node-2"}, "this is node-1"),
                             ({"loop": 9}, "loops")):
            caller = Caller(address, secret)
            is_open, reason = await caller.open(**{"target": "node-1", **changed})
            assert not is_open and why in reason, reason
        # Who says nothing is let go after five seconds, and a link whose header announces a megabyte at once.
        reader, writer = await asyncio.open_connection(*address.rsplit(":", 1))
        writer.write(frame(7, b"")[:0] + b"\x00\x00\x10\x00" + b"\0" * 4 + b"\x07\0\0\0")
        assert await asyncio.wait_for(reader.read(), 2) == b""
        quiet, _ = await asyncio.open_connection(*address.rsplit(":", 1))
        assert await asyncio.wait_for(quiet.read(), 8) == b""
        assert await eventually(lambda: no_sessions(cluster, node), "nobody is left")


async def no_sessions(cluster: Cluster, node: Program) -> bool:
    return (await cluster.metrics(node)).value("ringway_sessions", service="chat") == 0


async def test_a_message_is_not_sent_to_a_node_that_proves_nothing(folder, trust):
    """Somebody stands where the ring says that a node stands, and takes every hello."""
    async with trust.cluster(nodes=1, gateways=1) as cluster:
        key = os.urandom(32)
        async with FakeNode("fake", secret=trust.secret.encode(), key=key) as fake:
            answer = await cluster.api("POST", NODES, fake.registration())
            assert answer.status == 201, answer
            ring = await cluster.settled({"node-1", "fake"})
            stranger = next(f"u{i}" for i in range(1000) if ring.owner(f"u{i}") == "fake")
            mine = next(f"u{i}" for i in range(1000) if ring.owner(f"u{i}") == "node-1")
            fake.secret = trust.other.encode()
            sender = await cluster.user(mine)
            assert (await sender.say(stranger, "hush"))["status"] == "rejected"
            with pytest.raises(Refused):
                await cluster.user(stranger)
            assert fake.hellos and not any(b"hush" in payload or stranger.encode() in payload
                                           for _, payload in fake.heard)


@pytest.mark.deadline(180)
async def test_a_secret_is_changed_by_SIGHUP_and_nobody_is_dropped(trust):
    async with trust.cluster(nodes=2, gateways=1) as cluster:
        people = [await cluster.user(f"user-{i}") for i in range(20)]
        for lines in ((trust.secret, trust.other), (trust.other, trust.secret), (trust.other,)):
            trust.write("link-secret", *lines)
            for program in cluster.programs:
                program.signal(signal.SIGHUP)
            count = f"{len(lines)} link secret"
            for program in cluster.programs:
                await eventually(lambda: program.log.count("reloaded") and count in program.log, f"{program.name} reads")
            # Links of every kind are opened anew: by a new gateway, to a new node, by the registry.
            label = f"{len(lines)}-{lines[0] == trust.secret}"
            await cluster.add_gateway(f"gateway-{label}")
            await cluster.add_node(f"node-{label}")
            await cluster.settled(set(cluster.nodes))
            gateway = len(cluster.gateways) - 1
            for i in range(6):
                person = await cluster.user(f"late-{label}-{i}", gateway)
                assert (await person.say(f"user-{i}", "hello"))["status"] in ("delivered", "offline")
        old = Caller(cluster.nodes["node-1"].ready["link"], trust.secret.encode())
        assert not (await old.open("node-1"))[0]
        # Who was there from the beginning is there, but for those whom a new node's points moved.
        assert all(person.is_open or person.end[0] == 4001 for person in people)
        assert sum(person.is_open for person in people) >= 3
        # A file that cannot be used changes nothing.
        trust.write("link-secret", "short")
        cluster.nodes["node-1"].signal(signal.SIGHUP)
        await eventually(lambda: "not reloaded" in cluster.nodes["node-1"].log, "it says so")
        new = Caller(cluster.nodes["node-1"].ready["link"], trust.other.encode())
        assert (await new.open("node-1"))[0]
        no_secret_in(cluster, trust.secret, trust.other)


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
