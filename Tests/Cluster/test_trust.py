"""Who is one of us on links: processes with the secret, with another one, with none, and strangers that speak the protocol
as well as they do."""

from __future__ import annotations

import asyncio
import os
import re
import signal

import pytest

from calls import call
from cluster import Cluster
from links import ATTACHED, FORWARD, Caller, FakeNode, frame
from programs import Program
from trust import NODES, Trust, instead, no_secret_in, up
from users import Refused
from waiting import eventually


@pytest.fixture
def trust(folder):
    return Trust(folder / "trust")


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
        assert not is_open and "version 3" in reason
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
