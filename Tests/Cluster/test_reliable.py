"""The class `reliable` with real processes: once accepted a message arrives, once and in order, whatever happens to nodes."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from cluster import Cluster
from users import User
from waiting import eventually, gathered

SETTINGS = {"plan": "rehome"}
LAST = {"delivered", "offline", "rejected", "unknown"}


class Talk:
    """One person that sends numbered messages to another, until told to stop."""

    def __init__(self, sender: User, recipients: list[User], pause: float = 0.02):
        self.sender, self.recipients, self.pause = sender, recipients, pause
        self.sent: list[str] = []
        self.running = asyncio.create_task(self.go())

    async def go(self) -> None:
        while True:
            data = [self.sender.name, len(self.sent)]
            identifier = f"{self.recipients[0].name}-{len(self.sent)}"
            await self.sender.send(self.recipients[0].name, data, id=identifier, **{"class": "reliable"})
            self.sent.append(identifier)
            await asyncio.sleep(self.pause)

    async def stop(self) -> None:
        self.running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.running

    def stage(self, number: int) -> list[str]:
        return self.sender.stages.get(self.sent[number], [])

    async def check(self, seconds: float = 45, all_arrive: bool = False) -> None:
        """Every message has an outcome; what was accepted is there once, in order, at each session of the recipient."""
        await self.sender.until(
            lambda: self.sender.end or all(self.stage(i) for i in range(len(self.sent))), "all outcomes", seconds)
        assert self.sender.is_open and all(r.is_open for r in self.recipients), (self.sender.end, self.recipients[0].end)
        outcomes = [self.stage(i) for i in range(len(self.sent))]
        assert not [o for o in outcomes if "offline" in o], "nobody was offline"
        accepted = {i for i, outcome in enumerate(outcomes) if outcome[0] == "accepted" or "delivered" in outcome}
        if all_arrive:
            lost = [self.sender.results[self.sent[i]] for i in range(len(self.sent)) if i not in accepted]
            assert not lost, (self.sender.name, len(lost), lost[0])
        for recipient in self.recipients:
            def numbers():
                return [m["data"][1] for m in recipient.messages if m["data"][0] == self.sender.name]

            await recipient.until(lambda: accepted <= set(numbers()), "all that was accepted")
            assert numbers() == sorted(set(numbers())), f"{self.sender.name} to {recipient.name}: {numbers()}"
        for i, outcome in enumerate(outcomes):
            assert sum(s in LAST for s in outcome) <= 1, (self.sent[i], outcome)


async def seated(cluster: Cluster, count: int) -> list[User]:
    return await gathered([cluster.user(f"u{i}", i % len(cluster.gateways)) for i in range(count)])


async def say(sender: User, to: str, data, seconds: float = 10) -> list[str]:
    """Sends one message and waits for its last result: all that was said of it."""
    identifier = await sender.send(to, data, **{"class": "reliable"})
    await sender.until(
        lambda: LAST & set(sender.stages.get(identifier, [])), f"the last result of {identifier}", seconds)
    return sender.stages[identifier]


async def talking(people: list[User]) -> list[Talk]:
    """Everyone talks to somebody on whatever node and loop; the first ten to themselves."""
    return [
        Talk(p, [p if i < 10 else people[(i * 7 + 3) % len(people)]]) for i, p in enumerate(people)
    ]


async def heard(talks: list[Talk], more: int) -> None:
    """Each of them has got an outcome for so many messages beyond those sent now."""
    marks = {t: len(t.sent) + more for t in talks}

    def silent():
        return [t for t, mark in marks.items() if len(t.sent) < mark or not t.stage(mark - 1)]

    try:
        await eventually(lambda: not silent(), "everybody gets outcomes", 15)
    except AssertionError as late:
        facts = [
            (t.sender.name, t.recipients[0].name, t.sender.end, len(t.sent),
             sum(not t.stage(i) for i in range(len(t.sent)))) for t in silent()]
        raise AssertionError(f"{late}: {len(facts)} are silent: {facts[:8]}") from None


async def checked(talks: list[Talk], **options) -> None:
    for talk in talks:
        await talk.stop()
    await gathered([talk.check(**options) for talk in talks])


@pytest.mark.deadline(120)
async def test_a_message_is_accepted_then_delivered_and_arrives_once(folder):
    async with Cluster(folder, nodes=3, gateways=2, settings=SETTINGS) as cluster:
        people = await seated(cluster, 24)
        for i, sender in enumerate(people):
            for recipient in (people[(i + 1) % len(people)], sender):
                assert await say(sender, recipient.name, {"from": i}) == ["accepted", "delivered"], recipient.name
        await asyncio.gather(*(p.alive() for p in people))
        for i, p in enumerate(people):
            got = [m["data"] for m in p.messages if isinstance(m["data"], dict)]
            assert sorted(d["from"] for d in got) == sorted([i, (i - 1) % len(people)])
        # Plain clients see nothing of what resumable ones need.
        assert all(set(m) == {"type", "from", "data"} for p in people for m in p.messages)


@pytest.mark.deadline(120)
async def test_who_is_not_there_is_offline_and_bad_requests_are_rejected(folder):
    async with Cluster(folder, nodes=2, gateways=1, settings=SETTINGS) as cluster:
        alice = await cluster.user("alice")
        for i in range(8):
            assert await say(alice, f"nobody-{i}", i) == ["offline"]
        assert await say(alice, "", 1) == ["rejected"]
        assert await say(alice, "alice", "x" * 900_000) == ["accepted", "delivered"]


@pytest.mark.deadline(120)
async def test_another_plan_rejects_it(folder):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        alice = await cluster.user("alice")
        assert await say(alice, "alice", 1) == ["rejected"]


@pytest.mark.deadline(120)
async def test_each_of_two_devices_through_two_gateways_gets_it_also_while_a_node_joins(folder):
    async with Cluster(folder, nodes=2, gateways=2, settings=SETTINGS) as cluster:
        first = await seated(cluster, 12)
        second = await gathered([cluster.user(p.name, (i + 1) % 2) for i, p in enumerate(first)])
        talks = [Talk(p, [first[(i + 5) % 12], second[(i + 5) % 12]]) for i, p in enumerate(first)]
        await heard(talks, 10)
        ring = await cluster.ring()
        await cluster.add_node("node-3")
        await cluster.settled({*ring.owners, "node-3"}, above=ring.epoch)
        await heard(talks, 30)
        await checked(talks, all_arrive=True)


@pytest.mark.deadline(180)
async def test_nothing_is_lost_doubled_or_out_of_order_while_nodes_join_and_drain(folder):
    async with Cluster(folder, nodes=2, gateways=2, settings=SETTINGS) as cluster:
        talks = await talking(await seated(cluster, 60))
        await heard(talks, 10)
        ring = await cluster.ring()
        await cluster.add_node("node-3")
        ring = await cluster.settled({*ring.owners, "node-3"}, above=ring.epoch)
        await heard(talks, 20)
        assert (await cluster.api("POST", "/v1/services/chat/nodes/node-1/drain")).status == 202
        await cluster.settled({"node-2", "node-3"}, above=ring.epoch)
        await heard(talks, 20)
        await checked(talks, all_arrive=True)


@pytest.mark.deadline(180)
async def test_what_was_accepted_arrives_once_and_in_order_though_a_node_is_killed(folder):
    async with Cluster(folder, nodes=3, gateways=2, settings=SETTINGS, suspicions=True) as cluster:
        people = await seated(cluster, 60)
        ring = await cluster.ring()
        talks = await talking(people)
        # Some lose their own owner, some their recipient's, some both.
        lost = {p.name for p in people if ring.owner(p.name) == "node-2"}
        kinds = {(t.sender.name in lost, t.recipients[0].name in lost) for t in talks}
        assert kinds == {(False, False), (False, True), (True, False), (True, True)}
        await heard(talks, 10)
        await cluster.nodes["node-2"].kill()
        await cluster.settled({"node-1", "node-3"}, above=ring.epoch)
        try:
            await heard(talks, 20)
        except AssertionError:
            now = await cluster.ring()
            print("OWNERS", [(t.sender.name, ring.owner(t.sender.name), now.owner(t.sender.name), ring.owner(t.recipients[0].name), now.owner(t.recipients[0].name)) for t in talks if not t.stage(60)])
            raise
        await checked(talks)
