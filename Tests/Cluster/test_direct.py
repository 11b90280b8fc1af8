"""Without a gateway in between: ask `where`, open the url on the node itself."""

from __future__ import annotations

from cluster import Cluster
from users import User, reason_of

CLUSTER = {"nodes": 3, "gateways": 2}


async def test_where_names_the_node_its_url_and_the_position_on_the_ring(shared):
    ring = await shared.ring()
    for name in ("alice", "用户-42", "a+b", "jose\u0301"):
        for gateway in (0, 1):
            answer = await shared.where(gateway, name)
            assert answer.status == 200 and answer.headers["content-type"].startswith("application/json")
            value, owner = answer.json, ring.owner(name)
            assert (value["service"], value["user"], value["node"]) == ("chat", name, owner)
            assert (value["epoch"], value["position"]) == (ring.epoch, f"{ring.position(name):016x}")
            assert value["url"] == ring.nodes[owner]["url"] == f"ws://{shared.nodes[owner].ready['direct']}/chat"


async def test_a_user_who_opens_the_url_is_served_and_talks_to_users_behind_gateways(shared):
    ring = await shared.ring()
    url = (await shared.where(0, "direct-alice")).json["url"]
    alice = await shared.direct("direct-alice", url)
    assert alice.node == ring.owner("direct-alice")
    bob = await shared.user("bob-behind-a-gateway", 1)
    assert (await alice.say(bob.name, "hi"))["status"] == "delivered"
    assert (await bob.say(alice.name, "ho"))["status"] == "delivered"
    await alice.until(lambda: alice.messages, "the answer")


async def test_a_node_that_is_not_the_owner_sends_the_user_away_with_4001_and_its_epoch(shared):
    ring = await shared.ring()
    owner = ring.owner("stray")
    wrong = next(node for node in shared.nodes if node != owner)
    user = await User.open(
        f"ws://{shared.nodes[wrong].ready['direct']}/chat?user=stray", "stray", welcomed=False)
    code, text = await user.closed()
    assert code == 4001 and int(reason_of(text)["epoch"]) == ring.epoch
    assert not user.welcome


async def test_sessions_stay_where_they_are_while_every_gateway_is_gone(folder):
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        urls = {n: (await cluster.where(0, n)).json["url"] for n in ("alice", "bob", "carol")}
        people = [await cluster.direct(n, url) for n, url in urls.items()]
        await cluster.gateways[0].kill()
        for person in people:
            await person.alive()
        assert (await people[0].say("bob", 1))["status"] == "delivered"
