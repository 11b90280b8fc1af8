"""Who may come in, and as whom: good and bad tokens, `where`, and the end of a token; at gateways and a node's own port."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from calls import Line, call, escaped, raw
from cluster import Cluster
from forgeries import claims, forgeries
from identity import CLUSTER, DOORS, ED, ES, HS, KEYS, RS, address, enter, good, quiet, status, token_answer
from test_refusals import request
from users import User
from waiting import SLOWNESS

FORGERIES = forgeries(HS, RS, ES, ED)
assert CLUSTER, "the fixture `shared` reads it"


# -- good tokens


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_good_token_opens_a_socket_from_each_of_its_three_places(shared, algorithm, door):
    token = KEYS[algorithm].token(claims())
    url = f"ws://{address(shared, door)}/chat"
    for place in ("header", "subprotocol", "query"):
        options = {
            "header": {"additional_headers": {"authorization": f"bEARER {token}"}},
            "subprotocol": {"subprotocols": ["ringway", f"bearer.{token}"]},
        }.get(place, {})
        user = await User.open(f"{url}?token={token}" if place == "query" else url, "alice", **options)
        shared.users.append(user)
        assert user.welcome["user"] == "alice", place
        await user.alive()
        assert user.socket.subprotocol == ("ringway" if place == "subprotocol" else None)
        assert token not in str(user.socket.response.headers), "a token comes back"


async def test_a_program_may_offer_only_its_token(shared):
    """Browsers could not: they demand that a subprotocol is selected, and the token never is."""
    user = await User.open(f"ws://{address(shared, 'gateway')}/chat", "alice", subprotocols=[f"bearer.{good()}"])
    shared.users.append(user)
    assert user.socket.subprotocol is None


@pytest.mark.parametrize("claim, seconds_from_now", [("exp", -30), ("nbf", 30), ("iat", 30), ("exp", 99.5)])
async def test_a_token_at_the_edge_of_its_time_is_taken(shared, claim, seconds_from_now):
    at = time.time() + seconds_from_now
    await enter(shared, good(**{claim: int(at) if isinstance(seconds_from_now, int) else at}))


@pytest.mark.parametrize("claim", [
    {"aud": ["x", "chat"]}, {"more": {"a": [1, {"b": None}]}}, {"ringway_role": "user"}, {"sub": "用户-42"},
], ids=str)
async def test_a_token_at_the_edge_of_what_is_allowed_is_taken(shared, claim):
    user = await enter(shared, good(**claim))
    assert user.name == claim.get("sub", "alice")


async def test_a_user_is_who_the_token_says_and_nobody_else(shared):
    user = await enter(shared, good(sub="token-user"), headers={"X-User": "header-user", "Cookie": "user=cookie-user"})
    assert user.name == "token-user"
    assert await status(shared, f"/chat?user=query-user&token={good()}") == 101
    assert await status(shared, "/chat?user=query-user") == 401
    assert await status(shared, "/chat/query-user", f"Authorization: Bearer {good()}") == 404


# -- bad ones


@pytest.mark.parametrize("name, token, expected", FORGERIES, ids=[f[0] for f in FORGERIES])
async def test_a_forged_or_broken_token_is_let_in_nowhere(shared, name, token, expected):
    for door in DOORS:
        assert await status(shared, f"/chat?token={escaped(token)}", door=door) == expected, door
    answer, closed = await raw(
        address(shared, "gateway"),
        f"GET /v1/services/chat/where?user=alice&token={escaped(token)} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert answer.status == expected and b"ws://" not in answer.body
    if token.isascii() and token.isprintable() and len(token) < 8000 and token == token.strip():
        line = f"Authorization: Bearer {token}"
        assert await status(shared, "/chat", line) == (expected if token else 401)


async def test_there_are_more_than_forty_forgeries():
    assert len(FORGERIES) >= 40


@pytest.mark.parametrize("door", DOORS)
async def test_without_a_token_or_with_several_nobody_gets_in(shared, door):
    token = good()
    bearer, protocol = f"Authorization: Bearer {token}", f"Sec-WebSocket-Protocol: bearer.{token}"
    for target, more, expected in [
        ("/chat", [], 401), ("/chat?token=", [], 401), ("/chat", ["Authorization: Bearer"], 401),
        ("/chat", ["Authorization: Basic YWxpY2U6YWxpY2U="], 401), ("/chat", [f"Authorization: Bearer  {token}"], 401),
        ("/chat", [f"Authorization: Bearer\t{token}"], 401), ("/chat", [f"Authorization: {token}"], 401),
        ("/chat", [f"Authorization: Bearer {token} {token}"], 401), ("/chat", ["Sec-WebSocket-Protocol: bearer."], 401),
        ("/chat", [bearer, bearer], 400), ("/chat", [bearer, protocol], 400), (f"/chat?token={token}", [bearer], 400),
        (f"/chat?token={token}", [protocol], 400), (f"/chat?token={token}&token={token}", [], 400),
        (f"/chat?token={token}&%74oken={token}", [], 400), ("/chat?token=", [bearer], 400),
        ("/chat", [f"{protocol}, bearer.{good(sub='bob')}"], 400),
        (f"/chat?token={token}", ["Authorization: Basic YWxpY2U6YWxpY2U="], 401), (f"/chat?Token={token}", [], 401),
        ("/chat", [f"Cookie: token={token}"], 401),
    ]:
        assert await status(shared, target, *more, door=door) == expected, (target, more)


async def test_a_token_for_one_service_opens_no_other(shared):
    chat, game, both = good(), good(aud="game"), good(aud=["chat", "game"])
    for service, token, expected in [
        ("chat", chat, 101), ("chat", game, 403), ("chat", both, 101), ("game", chat, 403),
        # It may come in; that nobody is there is another matter.
        ("game", game, 503), ("game", both, 503), ("other", chat, 404),
    ]:
        assert await status(shared, f"/{service}?token={token}") == expected, (service, expected)
    assert await status(shared, f"/chat?token={game}", door="node") == 403


async def test_a_services_token_opens_no_socket_and_may_ask_where_for_anyone(shared):
    service = HS.token(claims(sub=..., ringway_role="service"))
    assert await status(shared, f"/chat?token={service}") == 403
    for user in ("alice", "bob"):
        answer = await where(shared, f"?user={user}", service)
        assert answer.status == 200 and answer.json["user"] == user
    assert (await where(shared, "", service)).status == 400
    assert (await where(shared, "?user=a", HS.token(claims(aud="game", ringway_role="service")))).status == 403


# -- where


async def where(cluster: Cluster, query: str, token: str | None, **headers):
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return await call("GET", address(cluster, "gateway"), f"/v1/services/chat/where{query}", headers=headers)


async def test_where_answers_for_the_user_of_the_token_and_nobody_else(shared):
    for query, token, expected in [
        ("?user=alice", good(), 200), ("", good(), 200), (f"?user=alice&token={good()}", None, 200),
        ("?user=bob", good(), 403), ("?user=ALICE", good(), 403), ("?user=", good(), 400), ("?user=alice", None, 401),
        ("", None, 401), ("?user=alice", good(aud="game"), 403), (f"?user=alice&token={good()}", good(), 400),
    ]:
        answer = await where(shared, query, token)
        assert answer.status == expected, (query, answer)
        assert answer.status != 200 or answer.json["user"] == "alice"
    assert (await where(shared, "", good(), Origin="https://evil.example")).status == 403
    assert (await where(shared, "", good(), Origin="https://app.example")).status == 200


async def test_requests_behind_one_that_is_being_checked_are_answered_in_their_order(shared):
    head = f"Host: h\r\nAuthorization: Bearer {RS.token(claims())}\r\n\r\n"
    async with Line(address(shared, "gateway")) as line:
        wanted = ["/v1/services/chat/where", "/livez", "/v1/services/chat/where?user=alice", "/livez"] * 5
        line.writer.write("".join(f"GET {path} HTTP/1.1\r\n{head}" for path in wanted).encode())
        line.writer.write(request("GET /chat HTTP/1.1")[:-2] + head[9:].encode())
        for path in wanted:
            value = json.loads((await line.read()).body)
            assert ("user" in value) == ("where" in path)
        assert (await line.read()).status == 101


# -- the end of a token


@pytest.mark.parametrize("door", DOORS)
async def test_the_socket_is_closed_with_4401_when_its_token_ends(shared, door):
    end = int(time.time()) + 2
    user = await enter(shared, good(exp=end), door)
    await user.alive()
    assert (await user.closed(6))[0] == 4401
    assert end - 0.1 <= time.time() <= end + 4 * SLOWNESS


@pytest.mark.parametrize("door", DOORS)
async def test_a_fresh_token_in_time_keeps_the_socket(shared, door):
    first, second = int(time.time()) + 2, int(time.time()) + 5
    user = await enter(shared, good(exp=first), door)
    text = f' {{ "type" :\t"token" , "more":1, "token" : "{RS.token(claims(exp=second))}" }}'
    assert await token_answer(user, None, text) == {"type": "token", "expires": second}
    await asyncio.sleep(max(0, first + 1 - time.time()))
    await user.alive()
    # One that ends sooner takes nothing away.
    assert await token_answer(user, good(exp=second - 1)) == {"type": "token", "expires": second}
    assert (await user.closed(8))[0] == 4401
    assert second - 0.1 <= time.time() <= second + 4 * SLOWNESS


@pytest.mark.parametrize("door", DOORS)
async def test_a_token_that_is_not_good_here_changes_nothing(shared, door):
    end = int(time.time()) + 14
    user = await enter(shared, good(exp=end), door)
    for token, word in [
        (good(sub="bob"), "another user"), (good(aud="game"), "another service"),
        (good(exp=int(time.time()) - 99), "expired"), (good()[:-3], "signature"), ("x", "malformed"), (7, "malformed"),
        (HS.token(claims(ringway_role="service")), "another user"), ("x" * 20_000, "malformed"), (good(iss="x"), "issuer"),
    ]:
        answer = await token_answer(user, token)
        assert answer["type"] == "error" and word in answer["reason"], (token, answer)
        assert "too soon" not in answer["reason"]
        await asyncio.sleep(1.05)
    assert (await token_answer(user, good(exp=end + 60)))["expires"] == end + 60
    assert "a second" in (await token_answer(user, good(exp=end + 90)))["reason"]
    await user.alive()


async def test_a_message_that_only_looks_like_a_token_is_the_applications(shared):
    user = await enter(shared, good())
    for text in ('{"type":"tokens","token":"x"}', '{"token":"x","type":"token"}', '{"type":"tok'):
        answer = await token_answer(user, None, text)
        assert answer["type"] == "error" and "token is malformed" not in answer["reason"], (text, answer)
    await user.alive()


async def test_no_log_holds_a_token_or_a_query(shared):
    """The last of those that share the cluster: all of the above are in its logs, at the level debug, if at all."""
    user = await enter(shared, good())
    await user.alive()
    quiet(shared, [token for _, token, _ in FORGERIES if len(token) > 40])
