"""Two services on one Redis and one registry: nothing of one ever shows in the other."""

from __future__ import annotations

import asyncio
import random

import pytest

from cluster import Cluster
from users import Refused, User
from waiting import gathered

SERVICES = ("chat", "game")


async def two_services(cluster: Cluster) -> None:
    """Nodes with the *same* ids in both services: only the service tells them apart."""
    await asyncio.gather(*(cluster.add_node(f"n{i}", service=service) for i in (1, 2) for service in SERVICES))
    for service in SERVICES:
        await cluster.settled({"n1", "n2"}, service)


@pytest.mark.deadline(180)
async def test_the_same_users_in_two_services_never_meet(folder):
    async with Cluster(folder, nodes=0, gateways=2, services=SERVICES) as cluster:
        await two_services(cluster)
        users = [f"user-{i}" for i in range(100)]
        people: dict[tuple[str, str], User] = {}
        for service in SERVICES:
            opened = await gathered([cluster.user(u, i % 2, service) for i, u in enumerate(users)])
            people |= {(service, p.name): p for p in opened}
        rings = {service: await cluster.ring(service) for service in SERVICES}
        addresses = {s: {n["address"] for n in rings[s].nodes.values()} for s in SERVICES}
        assert not addresses["chat"] & addresses["game"], "a node stands in two rings"
        for (service, user), person in people.items():
            assert person.welcome["service"] == service and person.node == rings[service].owner(user)
        for user in users[:30]:
            for service in SERVICES:
                answer = await cluster.where(0, user, service)
                assert answer.json["service"] == service and answer.json["epoch"] == rings[service].epoch
                assert answer.json["url"] == rings[service].nodes[answer.json["node"]]["url"]

        dice = random.Random(11)
        sent = {key: 0 for key in people}
        for _ in range(2000):
            service, sender, target = dice.choice(SERVICES), dice.choice(users), dice.choice(users)
            await people[service, sender].send(target, service)
            sent[service, target] += 1
        for (service, user), person in people.items():
            await person.until(lambda: person.end or len(person.messages) >= sent[service, user], "its messages", 30)
        await asyncio.gather(*(p.alive() for p in people.values()))
        for (service, user), person in people.items():
            said = [m["data"] for m in person.messages if not str(m["data"]).startswith("alive-")]
            assert said == [service] * sent[service, user]


async def test_a_ring_change_in_one_service_leaves_the_other_alone(folder):
    async with Cluster(folder, nodes=0, gateways=1, services=SERVICES, settings={"plan": "reconnect-all"}) as cluster:
        await two_services(cluster)
        chat = await gathered([cluster.user(f"u{i}") for i in range(40)])
        game = await gathered([cluster.user(f"u{i}", service="game") for i in range(40)])
        before = {service: await cluster.ring(service) for service in SERVICES}
        await cluster.add_node("n3", service="game")
        await cluster.settled({"n1", "n2", "n3"}, "game", above=before["game"].epoch)
        for person in game:
            assert (await person.closed())[0] == 4100
        for person in chat:
            await person.alive()
        assert (await cluster.ring("chat")).epoch == before["chat"].epoch


async def test_a_user_of_another_service_is_offline_and_an_unknown_service_is_refused(folder):
    async with Cluster(folder, nodes=0, gateways=1, services=SERVICES) as cluster:
        await two_services(cluster)
        alice = await cluster.user("alice")
        bob = await cluster.user("bob", service="game")
        assert (await alice.say("bob", "hello"))["status"] == "offline"
        await bob.alive()
        assert len(bob.messages) == 1

        assert (await cluster.where(0, "alice", "nosuch")).status == 404
        with pytest.raises(Refused) as refusal:
            await cluster.user("alice", service="nosuch")
        assert refusal.value.status == 404


async def test_a_node_registered_for_a_service_that_nobody_serves_is_refused_by_name(folder):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        body = {"id": "n9", "incarnation": 1, "kind": "ringway", "address": "127.0.0.1:1", "url": "ws://127.0.0.1:1/x"}
        answer = await cluster.api("POST", "/v1/services/nosuch/nodes", body)
        assert answer.status in (400, 404) and "nosuch" in answer.json["error"]["message"], answer


async def test_two_prefixes_on_one_redis_are_two_clusters(folder):
    async with Cluster(folder / "a", nodes=1, gateways=1) as production:
        redis = Borrowed(production.redis)
        async with Cluster(folder / "b", nodes=2, gateways=1, redis=redis, prefix="staging") as other:
            assert (await production.ring()).owners == {"node-1"}
            assert (await other.ring()).owners == {"node-1", "node-2"}
            alice = await production.user("alice")
            twin = await other.user("alice")
            await alice.send("alice", "production")
            await alice.until(lambda: alice.messages, "its message")
            await twin.alive()
            assert len(twin.messages) == 1


class Borrowed:
    """Somebody else's redis-server: used, never started or stopped."""

    def __init__(self, redis):
        self.url, self.command, self.fields = redis.url, redis.command, redis.fields

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def kill(self) -> None: ...
