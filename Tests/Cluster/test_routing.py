"""Everybody lands on the one node that the ring names, through whichever gateway, and messages arrive in order."""

from __future__ import annotations

import asyncio
import random

import pytest

from calls import Line, escaped
from cluster import Cluster
from users import User
from waiting import gathered

SEED = 20_260_726


def names(count: int) -> list[str]:
    """Users of several shapes: plain, with a space, a plus sign, percent, and beyond ASCII."""
    shapes = ["user-{}", "user {}", "a+b{}", "100%{}", "用户-{}", "josé-{}", "jose\u0301-{}", "{}/x?y=z&w"]
    return [shapes[i % len(shapes)].format(i) for i in range(count)]


async def owners_named_by(cluster: Cluster, gateway: int, users: list[str]) -> dict[str, str]:
    """What `where` answers for every user, asked on one connection."""
    async with Line(cluster.gateways[gateway].ready["data"]) as line:
        named = {}
        for user in users:
            answer = await line.call("GET", f"/v1/services/chat/where?user={escaped(user)}")
            assert answer.status == 200, answer
            assert answer.json["user"] == user
            named[user] = answer.json["node"]
        return named


@pytest.mark.deadline(240)
async def test_a_thousand_users_land_where_both_gateways_say_before_and_after_a_gateway_restart(folder):
    async with Cluster(folder, nodes=3, gateways=2) as cluster:
        users = names(1000)
        ring = await cluster.ring()
        expected = {user: ring.owner(user) for user in users}
        assert set(expected.values()) == {"node-1", "node-2", "node-3"}

        async def seat(through: dict[str, int]):
            return await gathered([cluster.user(user, gateway) for user, gateway in through.items()])

        seated = await seat({user: i % 2 for i, user in enumerate(users)})
        assert {u.name: u.node for u in seated} == expected
        for gateway in (0, 1):
            assert await owners_named_by(cluster, gateway, users) == expected

        port = cluster.gateways[0].ready["data"].rpartition(":")[2]
        await cluster.gateways[0].stop()
        cut, kept = seated[0::2], seated[1::2]
        for user in cut:
            code, _ = await user.closed()
            assert code in (1001, 1012, 4002), f"a gateway that goes away closed {user.name} with {code}"
        assert all(user.is_open for user in kept), "the other gateway's users noticed"

        cluster.gateways.pop(0)
        cluster.gateways.insert(0, await cluster.add_gateway("gateway-1b", port=int(port)))
        cluster.gateways.pop()
        await cluster.settled(ring.owners)
        again = await seat({user.name: 0 for user in cut})
        assert {u.name: u.node for u in [*again, *kept]} == expected
        for gateway in (0, 1):
            assert await owners_named_by(cluster, gateway, users) == expected
        assert (await cluster.ring()).epoch == ring.epoch, "a gateway's restart changed the ring"


@pytest.mark.deadline(240)
async def test_ten_thousand_messages_between_random_pairs_arrive_each_pair_in_order(folder):
    async with Cluster(folder, nodes=3, gateways=2) as cluster:
        print(f"seed {SEED}")
        dice = random.Random(SEED)
        users = names(250)
        people = dict(zip(users, await gathered([cluster.user(u, i % 2) for i, u in enumerate(users)])))
        sent: dict[tuple[str, str], list[int]] = {}
        plan: dict[str, list[tuple[str, int]]] = {user: [] for user in users}
        for number in range(10_000):
            sender, target = dice.choice(users), dice.choice(users)
            plan[sender].append((target, number))
            sent.setdefault((sender, target), []).append(number)

        async def speak(user: str) -> None:
            for target, number in plan[user]:
                await people[user].send(target, number, id=str(number))

        await asyncio.gather(*(speak(user) for user in users))
        for user, person in people.items():
            wanted = sum(len(numbers) for (_, target), numbers in sent.items() if target == user)
            await person.until(lambda: person.end or len(person.messages) >= wanted, f"{wanted} messages", 60)
            await person.until(lambda: person.end or len(person.results) >= len(plan[user]), "every result", 60)

        arrived: dict[tuple[str, str], list[int]] = {}
        for user, person in people.items():
            assert person.is_open and not person.errors
            for message in person.messages:
                arrived.setdefault((message["from"], user), []).append(message["data"])
            assert {r["status"] for r in person.results.values()} <= {"delivered"}
        assert arrived == sent


async def test_a_user_is_found_in_a_header_or_in_the_path_when_the_gateway_is_told_so(folder):
    async with Cluster(folder, nodes=2, gateways=0) as cluster:
        ring = await cluster.ring()
        sources = [("header:X-User", "/chat", {"X-User": "alice"}), ("path", "/chat/alice", {})]
        for number, (source, path, headers) in enumerate(sources):
            gateway = await cluster.add_gateway(f"gateway-{number}")
            await gateway.stop()
            gateway.arguments += ["--user-from", source]
            await gateway.start()
            await cluster.settled(ring.owners)
            user = await User.open(f"ws://{gateway.ready['data']}{path}", "alice", additional_headers=headers)
            cluster.users.append(user)
            assert (user.welcome["user"], user.node) == ("alice", ring.owner("alice"))
