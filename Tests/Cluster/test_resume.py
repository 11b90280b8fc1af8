"""`ringway.v1` with real processes: gateways and nodes die, clients return through others, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio

import pytest

from cluster import Cluster
from resumable import Resumable

SETTINGS = {"plan": "rehome"}


async def pair(cluster: Cluster) -> tuple[Resumable, Resumable]:
    """Alice comes through the first gateway, bob through the second."""
    return await Resumable(cluster, "alice").come(0), await Resumable(cluster, "bob").come(1)


@pytest.mark.deadline(90)
async def test_a_killed_gateways_client_returns_through_another_and_gets_what_it_missed_once_in_order(folder):
    async with Cluster(folder, nodes=3, gateways=2, settings=SETTINGS) as cluster:
        alice, bob = await pair(cluster)
        for number in range(20):
            await bob.send("alice", number)
        await alice.until(lambda: len(alice.messages) >= 5, "some messages")
        await cluster.gateways[0].kill()
        for number in range(20, 60):
            await bob.send("alice", number)
        session = alice.socket.welcome["session"]
        await alice.come(1)
        assert alice.resumed and alice.resumed["recovered"], alice.resumed
        assert alice.socket.welcome.get("session", session) == session
        await alice.until(lambda: len(alice.messages) >= 60, "all messages")
        assert alice.data() == list(range(60))
        await bob.all_resolved()
        assert {tuple(r) for r in bob.results.values()} == {("accepted", "delivered")}


@pytest.mark.deadline(90)
async def test_a_senders_gateway_is_killed_and_what_it_sends_again_arrives_once_in_order(folder):
    async with Cluster(folder, nodes=3, gateways=2, settings=SETTINGS) as cluster:
        alice, bob = await pair(cluster)
        for number in range(200):
            await alice.send("bob", number)
            if number == 100:
                await cluster.gateways[0].kill()
        await alice.come(1)
        assert alice.resumed["recovered"]
        await alice.all_resolved()
        assert bob.data() == list(range(200))
        assert {r[-1] for r in alice.results.values()} == {"delivered"}


@pytest.mark.deadline(60)
async def test_what_was_acknowledged_does_not_come_again_and_resumed_comes_first(folder):
    async with Cluster(folder, nodes=2, gateways=2, settings=SETTINGS) as cluster:
        alice, bob = await pair(cluster)
        for number in range(5):
            await bob.send("alice", number)
        await alice.until(lambda: len(alice.messages) == 5, "five messages")
        alice.socket.drop()
        await alice.socket.closed()
        for number in range(5, 8):
            await bob.send("alice", number)
        await alice.come(1)
        first = [kind for kind in alice.kinds if kind != "welcome"][:5]
        await alice.until(lambda: len(alice.messages) == 8, "the missed ones")
        assert first[0] == "resumed" and alice.resumed["recovered"]
        assert alice.data() == list(range(8)) and alice.doubles == 0


@pytest.mark.deadline(60)
async def test_the_newest_socket_of_a_session_wins(folder):
    async with Cluster(folder, nodes=2, gateways=2, settings=SETTINGS) as cluster:
        alice, bob = await pair(cluster)
        before = alice.socket
        await alice.come(1)
        assert (await before.closed())[0] == 4501
        await bob.send("alice", "still there")
        await alice.until(lambda: alice.data() == ["still there"], "a message")


@pytest.mark.deadline(60)
async def test_a_token_of_nobody_is_a_new_session(folder):
    async with Cluster(folder, nodes=1, gateways=1, settings=SETTINGS) as cluster:
        alice = await Resumable(cluster, "alice").come(0, resume="AAAA", position="9007199254740992-0")
        assert alice.resumed is None and alice.socket.welcome["user"] == "alice"
        await alice.send("alice", "hello")
        await alice.until(lambda: alice.data() == ["hello"], "a message to oneself")
        await alice.all_resolved()


@pytest.mark.deadline(60)
async def test_acknowledgements_that_nobody_understands_are_errors_and_harm_nobody(folder):
    async with Cluster(folder, nodes=1, gateways=1, settings=SETTINGS) as cluster:
        alice = await Resumable(cluster, "alice").come(0)
        for position in ("9007199254740992-0", "7", 7, "1-99999999999999999999999999", None):
            alice.later({"type": "ack", "position": position})
        await alice.until(lambda: len(alice.socket.errors) == 5, "five errors")
        # Beyond all there is: taken for the highest there is.
        alice.later({"type": "ack", "position": "9007199254740991-9007199254740991"})
        await alice.send("alice", "hello")
        await alice.until(lambda: alice.data() == ["hello"], "a message to oneself")
        await alice.all_resolved()


@pytest.mark.deadline(120)
async def test_a_killed_node_costs_resumable_clients_nothing_that_was_accepted(folder):
    async with Cluster(folder, nodes=3, gateways=2, settings=SETTINGS, suspicions=True) as cluster:
        people = [await Resumable(cluster, f"u{i}").come(i % 2) for i in range(20)]
        ring = await cluster.ring()
        stop = asyncio.Event()

        async def talk(index: int):
            sender, recipient = people[index], people[(index * 7 + 3) % len(people)]
            while not stop.is_set():
                await sender.send(recipient.name, [sender.name, sender.n + 1])
                await asyncio.sleep(0.03)

        talking = [asyncio.create_task(talk(i)) for i in range(len(people))]
        await asyncio.sleep(0.5)
        await cluster.nodes["node-2"].kill()
        await cluster.settled({"node-1", "node-3"}, above=ring.epoch)
        await asyncio.sleep(1)
        stop.set()
        await asyncio.gather(*talking)
        for person in people:
            await person.all_accepted()
        for index, sender in enumerate(people):
            recipient = people[(index * 7 + 3) % len(people)]
            accepted = {n for n, stages in sender.results.items() if {"accepted", "delivered"} & set(stages)}

            def heard() -> list[int]:
                return [m["data"][1] for m in recipient.messages if m["from"] == sender.name]

            await recipient.until(lambda: accepted <= set(heard()), f"what {sender.name} was told is accepted")
            got = heard()
            assert got == sorted(set(got)), sender.name
            assert not {n for n, stages in sender.results.items() if stages[-1] == "rejected"} & set(got)
        assert all(p.socket.is_open for p in people)


@pytest.mark.deadline(90)
async def test_a_home_that_died_with_the_gateway_is_no_recovery(folder):
    async with Cluster(folder, nodes=2, gateways=2, settings=SETTINGS, suspicions=True) as cluster:
        alice, bob = await pair(cluster)
        ring = await cluster.ring()
        home = ring.owner("alice")
        await asyncio.gather(cluster.nodes[home].kill(), cluster.gateways[0].kill())
        await cluster.settled(set(cluster.nodes) - {home}, above=ring.epoch)
        await alice.come(1)
        assert alice.resumed == {"type": "resumed", "recovered": False, "replayed": 0}
        await bob.send("alice", "again")
        await alice.until(lambda: alice.data() == ["again"], "a message")
