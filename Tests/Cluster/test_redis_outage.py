"""Redis stops, dies and comes back empty: routing does not notice, and the ring is followed again within seconds."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from calls import call
from cluster import Cluster
from programs import Program
from redis_server import RedisServer, free_port
from waiting import eventually, gathered

TALKERS = 60


class Conversation:
    """Every user says a number to the next user several times a second, and keeps count of what it said."""

    def __init__(self, people):
        self.people, self.said, self.talking = people, 0, True

    async def talk(self) -> None:
        while self.talking:
            for i, person in enumerate(self.people):
                await person.send(self.people[(i + 1) % len(self.people)].name, self.said, id=str(self.said))
            self.said += 1
            await asyncio.sleep(0.25)

    async def check(self) -> None:
        """Nobody was closed, everything that was said arrived, in order, and was reported so."""
        for person in self.people:
            await person.until(lambda: person.end or len(person.results) >= self.said, "every result", 20)
            await person.until(lambda: person.end or len(person.messages) >= self.said, "every message", 20)
            assert person.is_open, f"{person.name} was closed with {person.end}"
            assert [m["data"] for m in person.messages] == list(range(self.said))
            assert {r["status"] for r in person.results.values()} == {"delivered"}


@pytest.mark.deadline(240)
async def test_redis_stopped_and_then_killed_loses_nothing_and_the_ring_is_adopted_when_it_is_back(
    folder, outage_seconds
):
    async with Cluster(folder, nodes=3, gateways=2) as cluster:
        before = await cluster.ring()
        people = await gathered([cluster.user(f"talker-{i}", i % 2) for i in range(TALKERS)])
        conversation = Conversation(people)
        talk = asyncio.create_task(conversation.talk())

        async def newcomers_are_routed(label: str) -> None:
            for i in range(20):
                user = await cluster.user(f"{label}-{i}", i % 2)
                assert user.node == before.owner(user.name)
                assert (await user.say(people[i].name + "-absent", 1))["status"] == "offline"
            for program in [*cluster.gateways, *cluster.nodes.values()]:
                answer = await call("GET", program.ready["admin"], "/readyz")
                assert answer.status == 200, f"{program.name} is not ready without Redis: {answer.text}"

        stopped = time.monotonic()
        cluster.redis.signal(signal.SIGSTOP)
        await asyncio.sleep(min(5, outage_seconds / 2))
        await newcomers_are_routed("early")
        await asyncio.sleep(max(0, stopped + outage_seconds - time.monotonic()))
        await newcomers_are_routed("late")
        await cluster.redis.kill()
        await newcomers_are_routed("after-death")
        assert set(await cluster.api_nodes()) == set(before.nodes), "a node was given up because of Redis"

        # The ring must move on once Redis is back: a node that came in the meantime waits for it.
        await cluster.add_node("node-4", wait=False)
        await asyncio.sleep(1)
        conversation.talking = False
        await talk
        await conversation.check()

        await cluster.redis.start()
        after = await cluster.settled({*before.owners, "node-4"}, seconds=5, above=before.epoch)
        assert after.epoch > before.epoch, "the epoch must rise although Redis lost it"
        await cluster.nodes["node-4"].wait_ready()
        for person in people:
            if after.owner(person.name) == before.owner(person.name):
                await person.alive()
            else:
                assert (await person.closed())[0] == 4001


async def test_redis_that_came_back_empty_is_given_the_ring_again(folder):
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        before = await cluster.ring()
        user = await cluster.user("alice")
        await cluster.redis.kill()
        await cluster.redis.start()

        async def restored():
            held = await cluster.redis.command("HGET", "ringway:{chat}:ring", "epoch")
            return held and int(held) >= before.epoch

        await eventually(restored, "the registry writes the ring again", 10)
        after = await cluster.settled(before.owners)
        assert after.table == before.table
        await user.alive()


async def test_without_redis_at_start_everything_lives_says_so_and_works_once_it_is_there(folder):
    redis = RedisServer(folder / "redis", port=free_port())
    common = ["--redis-url", redis.url]
    ports = {name: free_port() for name in ("registry", "data", "gateway-admin", "node-admin")}
    registry = Program(folder, "ringway-registry", "--port", ports["registry"], *common, name="registry")
    gateway = Program(
        folder, "ringway-gateway", "--port", ports["data"], "--admin-port", ports["gateway-admin"], *common,
        name="gateway")
    node = Program(
        folder, "ringway-node", "--id", "node-1", "--link-port", 0, "--port", 0, "--admin-port", ports["node-admin"],
        "--registry", f"http://127.0.0.1:{ports['registry']}", *common, name="node")
    programs = [registry, gateway, node]
    try:
        for program in programs:
            await program.spawn()
        for port in (ports["registry"], ports["gateway-admin"], ports["node-admin"]):
            async def lives():
                return (await call("GET", f"127.0.0.1:{port}", "/livez")).status == 200

            await eventually(lives, f"/livez on {port} without Redis", 15)
        answer = await call("GET", f"127.0.0.1:{ports['gateway-admin']}", "/readyz")
        assert answer.status == 503, "a gateway that never held a ring is not ready"
        # The data port opens a moment after the admin port: a refused connection is asked again.
        answers = []

        async def speaks():
            answers.append(await call("GET", f"127.0.0.1:{ports['data']}", "/v1/services/chat/where?user=alice"))
            return True

        await eventually(speaks, "the data port answers without Redis", 15)
        assert answers[0].status == 503 and "retry-after" in answers[0].headers, answers[0]
        for program in programs:
            await eventually(lambda: "redis" in program.log.lower(), f"{program.name} says that Redis is missing")
            assert program.running, program.tail()

        await redis.start()

        async def works():
            return (await call("GET", f"127.0.0.1:{ports['data']}", "/v1/services/chat/where?user=alice")).status == 200

        await eventually(works, "the cluster works once Redis is there", 15)
        for program in programs:
            await program.wait_ready()
        for program in reversed(programs):
            await program.stop()
            program.check_log()
    finally:
        for program in programs:
            await program.kill()
        await redis.kill()


@pytest.mark.parametrize("way", ["password", "user and password", "unix socket"])
async def test_redis_is_reached_with_a_password_a_user_or_over_a_unix_socket(folder, way):
    if way == "password":
        redis = RedisServer(folder / "redis", "--requirepass", "s3cret")
        redis.password, url = "s3cret", f"redis://:s3cret@127.0.0.1:{redis.port}"
    elif way == "user and password":
        redis = RedisServer(folder / "redis", "--user", "ring", "on", ">p%20w", "~*", "&*", "+@all")
        url = f"redis://ring:p%2520w@127.0.0.1:{redis.port}"
    else:
        redis = RedisServer(folder / "redis")
        url = f"unix:{redis.socket_path}"
    async with Cluster(folder, nodes=2, gateways=1, redis=redis, redis_url=url) as cluster:
        user = await cluster.user("alice")
        assert user.node == (await cluster.ring()).owner("alice")
        for program in cluster.programs:
            assert "s3cret" not in program.log and "p%20w" not in program.log, "a password stands in the log"
