"""Messages from user to user: to every session, byte for byte, routed or broadcast; what is none is refused."""

from __future__ import annotations

import asyncio
import json

import pytest

from cluster import Cluster
from redis_server import RedisLine
from users import User
from waiting import eventually, gathered

CLUSTER = {"nodes": 3, "gateways": 2}


def on_different_nodes(ring) -> tuple[str, str]:
    """Two users whom the ring puts on two nodes."""
    first = "left-0"
    return first, next(f"right-{i}" for i in range(1000) if ring.owner(f"right-{i}") != ring.owner(first))


async def test_a_message_reaches_a_user_on_another_node_and_the_sender_is_told(shared):
    left, right = [await shared.user(n, i) for i, n in enumerate(on_different_nodes(await shared.ring()))]
    assert left.node != right.node
    assert (await left.say(right.name, {"text": "hello"}, **{"class": "fast"}))["status"] == "delivered"
    await right.until(lambda: right.messages, "the message")
    assert right.messages == [{"type": "message", "from": left.name, "data": {"text": "hello"}}]
    assert (await left.say("nobody-is-here", 1))["status"] == "offline"


async def test_every_session_of_a_user_gets_the_message_and_an_old_ones_end_takes_nothing_from_a_new_one(shared):
    first, second, third = [await shared.user("several", i % 2) for i in range(3)]
    assert len({first.welcome["session"], second.welcome["session"], third.welcome["session"]}) == 3
    other = await shared.user("caller")
    assert (await other.say("several", "one"))["status"] == "delivered"
    for person in (first, second, third):
        await person.until(lambda: person.messages, "the message")
    await first.leave()
    second.drop()
    await eventually(lambda: not second.is_open, "the second session is gone")
    assert (await other.say("several", "two"))["status"] == "delivered"
    await third.until(lambda: len(third.messages) == 2, "the second message")
    await third.leave()

    async def offline():
        return (await other.say("several", "three"))["status"] == "offline"

    await eventually(offline, "the user is offline once the last session ended")


@pytest.mark.parametrize("data", [
    '{"b":1,"a":[1.0,1e3,-0]}', '"\\u0041\\/ \\ud83d\\ude00"', ' [ 1 , 2 ] ', '12345678901234567890123', "null", '""',
    '{"a":1,"a":2}', '"日本語 😀"', "0.1000", '"' + "x" * 60_000 + '"',
])
async def test_data_is_carried_byte_for_byte(shared, data):
    left, right = [await shared.user(n) for n in on_different_nodes(await shared.ring())]
    frame = f'{{"type":"send","id":"1","to":"{right.name}","data":{data}}}'
    await left.socket.send(frame)
    await right.until(lambda: right.messages, "the message")
    received = next(f for f in right.frames if '"message"' in f)
    assert data.strip() in received


@pytest.mark.parametrize("frame", [
    "{", "", "nonsense", "[]", '"send"', "{}", '{"type":"teleport"}', '{"type":"send"}', '{"type":7}',
    '{"type":"send","id":"1","to":"x"}', '{"type":"send","id":"","to":"x","data":1}',
    '{"type":"send","id":"' + "i" * 65 + '","to":"x","data":1}', '{"type":"send","id":"1","to":"","data":1}',
    '{"type":"send","id":"1","to":7,"data":1}', '{"type":"send","id":"1","to":"x","data":1}}',
    '{"type":"send","id":"1","to":"a\\u0001b","data":1}', "[" * 10_000, '{"type":"send","id":"1","to":"x","data":01}',
    b"\x00\x01binary",
])
async def test_what_is_not_a_message_gets_an_error_and_the_session_lives(shared, frame):
    user = await shared.user("clumsy")
    await user.socket.send(frame)
    await user.until(lambda: user.errors or user.results or user.end, "an answer")
    assert user.end is None, f"closed with {user.end}"
    refused = user.errors or [r for r in user.results.values() if r["status"] == "rejected"]
    assert refused and refused[0]["reason"]
    await user.alive()


async def test_a_message_that_is_too_big_ends_the_session_with_1009_and_nobody_else(shared):
    sender, bystander = await shared.user("big"), await shared.user("bystander")
    await sender.socket.send('{"type":"send","id":"1","to":"big","data":"' + "x" * (1 << 20) + '"}')
    assert (await sender.closed())[0] == 1009
    await bystander.alive()


async def test_the_default_client_with_compression_offered_is_served_without_it(shared):
    user = await shared.user("offers-deflate", compression="deflate")
    assert not user.socket.protocol.extensions
    await user.alive()


async def test_broadcast_delivery_goes_over_redis_and_reaches_everybody(folder):
    async with Cluster(folder, nodes=3, gateways=2, settings={"delivery": "broadcast"}) as cluster:
        assert (await cluster.ring()).members["delivery"] == "broadcast"
        people = await gathered([cluster.user(f"u{i}", i % 2) for i in range(60)])
        twin = await cluster.user("u0", 1)
        async with RedisLine(cluster.redis.port) as ear:
            await ear.command("SUBSCRIBE", "ringway:{chat}:broadcast")
            for i, person in enumerate(people):
                for number in range(20):
                    await person.send(people[(i + 7) % 60].name, [i, number])
            kind, channel, payload = await asyncio.wait_for(ear.reply(), 10)
            assert (kind, channel) == (b"message", b"ringway:{chat}:broadcast") and payload
        for i, person in enumerate(people):
            await person.until(lambda: person.end or len(person.messages) >= 20, "20 messages", 20)
            assert [m["data"] for m in person.messages] == [[(i - 7) % 60, n] for n in range(20)]
        await twin.until(lambda: len(twin.messages) >= 20, "the twin's messages")


async def test_delivery_can_be_switched_while_people_talk(folder):
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        left, right = [await cluster.user(n) for n in on_different_nodes(await cluster.ring())]
        for number, delivery in enumerate(["broadcast", "routed", "broadcast"]):
            before = await cluster.ring()
            answer = await cluster.api("PUT", "/v1/services/chat/settings", {"delivery": delivery})
            assert answer.status == 200, answer
            await cluster.settled(before.owners, above=before.epoch)
            await left.send(right.name, number)
            await right.until(lambda: right.end or len(right.messages) == number + 1, f"the message, {delivery}")
        assert [m["data"] for m in right.messages] == [0, 1, 2]


async def test_a_frame_that_breaks_the_protocol_ends_only_its_own_session(shared):
    good = await shared.user("good")
    bad: User = await shared.user("bad")
    bad.socket.transport.write(b"\x81\x05hello")  # a client frame without a mask
    assert (await bad.closed())[0] == 1002
    await good.alive()
    assert json.loads(good.frames[0])["type"] == "welcome"
