"""Who may come in, and as whom: tokens, origins, identity headers; on gateways and on a node's own port."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path

import pytest
from websockets.exceptions import InvalidHandshake

from calls import Line, call, escaped, raw
from cluster import Cluster
from forgeries import ISSUER, claims, forgeries
from jwts import Key, key_set
from programs import run
from test_refusals import request
from users import Refused, User
from waiting import eventually

HS, HS2, RS, ES, ED = Key("HS256", "h"), Key("HS256", "h2"), Key("RS256", "r"), Key("ES256", "e"), Key("EdDSA", "d")
KEYS = {"HS256": HS, "RS256": RS, "ES256": ES, "EdDSA": ED}
FOLDER = tempfile.TemporaryDirectory(prefix="ringway-keys-")
KEY_FILE = Path(FOLDER.name) / "keys.json"
KEY_FILE.write_text(key_set(HS, HS2, RS, ES, ED))
ORIGINS = ("https://app.example,http://localhost:8080,https://default.example:443,https://xn--bcher-kva.example,"
           "http://[::1]:3000,game=https://game.example")
TOKENS = ("--jwt-keys", KEY_FILE, "--jwt-issuer", ISSUER, "--origins", ORIGINS)
CLUSTER = {
    "nodes": 1, "gateways": 1, "services": ("chat", "game"), "gateway_options": TOKENS, "node_options": TOKENS,
}
FORGERIES = forgeries(HS, RS, ES, ED)
DOORS = ("gateway", "node")


def good(**changes) -> str:
    return HS.token(claims(**changes))


def address(cluster: Cluster, door: str) -> str:
    return cluster.gateways[0].ready["data"] if door == "gateway" else cluster.nodes["node-1"].ready["direct"]


async def enter(cluster: Cluster, token: str, door: str = "gateway", service: str = "chat", **options) -> User:
    """A user who comes with a token in the header."""
    headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
    user = await User.open(
        f"ws://{address(cluster, door)}/{service}", "somebody", additional_headers=headers, **options)
    user.name = user.welcome.get("user", "")
    cluster.users.append(user)
    return user


async def status(cluster: Cluster, target: str, *more: str, door: str = "gateway") -> int:
    """The answer to a handshake with further lines in its head."""
    answer, closed = await raw(address(cluster, door), request(f"GET {target} HTTP/1.1")[:-2]
                               + "".join(f"{line}\r\n" for line in more).encode("latin-1") + b"\r\n")
    assert answer is not None and (answer.status == 101 or closed), answer
    if answer.status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer"), answer.headers
    if answer.status != 101:
        assert json.loads(answer.body)["error"]["message"] and answer.body.count(b"\n") == 1
    return answer.status


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


@pytest.mark.parametrize("claim", [
    {"exp": int(time.time()) - 30}, {"nbf": int(time.time()) + 30}, {"iat": int(time.time()) + 30}, {"aud": ["x", "chat"]},
    {"exp": time.time() + 99.5}, {"more": {"a": [1, {"b": None}]}}, {"ringway_role": "user"}, {"sub": "用户-42"},
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
    token, lines = good(), request("GET /chat HTTP/1.1")
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
    assert lines


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
            value = json.loads((await read(line)).body)
            assert ("user" in value) == ("where" in path)
        assert (await read(line)).status == 101


async def read(line: Line):
    from calls import read_answer

    return await asyncio.wait_for(read_answer(line.reader), 10)


# -- origins

# (Origin, may it open chat)
PAGES = [
    ("https://app.example", True), ("http://localhost:8080", True), ("https://default.example", True),
    ("https://xn--bcher-kva.example", True), ("http://[::1]:3000", True),
    ("https://default.example:443", False), ("http://app.example", False), ("https://app.example:443", False),
    ("https://app.example:8443", False), ("https://app.example/", False), ("https://app.example.", False),
    ("https://app.example.evil.example", False), ("https://evil.example/https://app.example", False),
    ("https://evilapp.example", False), ("https://app.exampl", False), ("https://pp.example", False),
    ("https://sub.app.example", False), ("https://APP.example", False), ("HTTPS://app.example", False),
    ("https://user@app.example", False), ("https://app.example@evil.example", False), ("app.example", False),
    ("//app.example", False), ("null", False), ("NULL", False), ("file://", False), ("https://", False), ("", False),
    ("*", False), ("https://bücher.example", False), ("http://localhost", False), ("http://localhost:80800", False),
    ("http://localhost:08080", False), ("http://127.0.0.1:8080", False), ("http://[::1]", False),
    ("https://app.example https://evil.example", False), ("https://app.example, https://evil.example", False),
    ("https://game.example", False), ("wss://app.example", False), ("https://app.example%00", False),
]


@pytest.mark.parametrize("door", DOORS)
async def test_a_page_may_connect_exactly_if_its_origin_is_listed(shared, door):
    assert len(PAGES) >= 30
    for origin, may in PAGES:
        line = f"Origin: {origin}".encode().decode("latin-1")
        answer = await status(shared, f"/chat?token={good()}", line, door=door)
        assert answer == (101 if may else 403), origin
    assert await status(shared, f"/chat?token={good()}", door=door) == 101
    for two in (["https://app.example"] * 2, ["https://app.example", "https://evil.example"]):
        assert await status(shared, f"/chat?token={good()}", *(f"origin: {o}" for o in two), door=door) == 400


async def test_an_origin_can_be_listed_for_one_service(shared):
    token = good(aud=["chat", "game"])
    for service, origin, expected in [
        ("chat", "https://game.example", 403), ("game", "https://game.example", 503), ("game", "https://app.example", 503),
        ("game", "https://evil.example", 403),
    ]:
        assert await status(shared, f"/{service}?token={token}", f"Origin: {origin}") == expected


# -- the end of a token


@pytest.mark.parametrize("door", DOORS)
async def test_the_socket_is_closed_with_4401_when_its_token_ends(shared, door):
    end = int(time.time()) + 2
    user = await enter(shared, good(exp=end), door)
    await user.alive()
    assert (await user.closed(6))[0] == 4401
    assert end - 0.1 <= time.time() <= end + 1.5


async def token_answer(user: User, token, text: str | None = None) -> dict:
    """Sends a token; the answer to it."""
    before = len(user.frames)
    await user.socket.send(text or json.dumps({"type": "token", "token": token}))
    await user.until(lambda: len(user.frames) > before or user.end, "an answer to the token")
    assert not user.end, user.end
    return json.loads(user.frames[-1])


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
    assert second - 0.1 <= time.time() <= second + 1.5


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


# -- what nobody may see


class Recorder:
    """Listens at one address, passes every byte on to another, and keeps what went there."""

    def __init__(self, host: str, to: str, port: int):
        self.host, self.to, self.port, self.sent = host, to, port, bytearray()

    async def __aenter__(self) -> "Recorder":
        self.server = await asyncio.start_server(self.serve, self.host, self.port)
        return self

    async def __aexit__(self, *_) -> None:
        self.server.close()

    async def serve(self, reader, writer) -> None:
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(self.to, self.port)
        except OSError:
            return writer.close()
        await asyncio.gather(self.copy(reader, upstream_writer, self.sent), self.copy(upstream_reader, writer))

    @staticmethod
    async def copy(reader, writer, kept: bytearray | None = None) -> None:
        try:
            while data := await reader.read(65536):
                if kept is not None:
                    kept += data
                writer.write(data)
        except OSError:
            pass
        finally:
            writer.close()


SPELLINGS = [
    "X-Ringway-User", "x-ringway-user", "X-RINGWAY-USER", "x_ringway_user", "X_Ringway-User", "X-Ringway_User",
    "x-RingWay-uSER", "X_RINGWAY_USER", "X-Ringway", "x_ringway", "X-Ringway-", "X-Ringway--User", "X-Ringway-Session",
    "X-Ringway-Node", "X_Ringway_Epoch", "X-Ringway-Service", "X-Ringway-Token", "X.Ringway.User", "X~Ringway~User",
    "x-ringway.user", "X+Ringway+User", "X-Ringway-Peer", "X-Ringway-Origin", "X-Ringway-Subprotocol",
    "X-Ringway-User-", "X'Ringway'User", "X!Ringway-User",
]


def free_port(host: str) -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


async def test_no_identity_header_and_no_token_reaches_a_node(folder):
    port = free_port("127.0.0.2")
    async with Recorder("127.0.0.3", "127.0.0.2", port) as link, Cluster(
            folder, nodes=0, gateways=1, services=("chat", "game"), gateway_options=TOKENS) as cluster:
        await cluster.add_node(
            "node-1", "--host", "127.0.0.2", "--advertise-host", "127.0.0.3", *TOKENS, link_port=port)
        await cluster.settled({"node-1"})
        assert len(SPELLINGS) >= 25
        fresh = good(exp=int(time.time()) + 7200)
        for index, name in enumerate(SPELLINGS):
            token = good(n=index)
            for target, more in [
                (f"/chat?a=1&token={token}&b=2&who=visible", []), ("/chat?who=visible", [f"Authorization: Bearer {token}"]),
                (f"/chat?%74%6fken={token}", []), (f"/chat?token={token}", []),
                ("/chat", [f"Sec-WebSocket-Protocol: ringway, bearer.{token}"]),
            ]:
                assert await status(cluster, target, f"{name}: smuggled", *more) == 101, (name, target)
        user = await enter(cluster, good())
        assert (await token_answer(user, fresh))["type"] == "token"
        await user.alive()
        seen = bytes(link.sent)
        assert seen.count(b"/chat?a=1&b=2&who=visible") == len(SPELLINGS), "the link was not recorded"
        for secret in (b"smuggled", b"bearer", b"token", b"eyJ", fresh.encode()[-40:]):
            assert secret not in seen and secret.lower() not in seen.lower(), secret
        quiet(cluster, [fresh])


def quiet(cluster: Cluster, tokens: list[str]) -> None:
    """No log holds a token, or any part of a query."""
    for program in cluster.programs:
        for secret in [*tokens, *(token.rsplit(".", 1)[-1] for token in tokens), "eyJ", "token=", "bearer.", "?user", "&user",
                       "?token", "who=visible"]:
            assert not secret or secret not in program.log, f"{program.name} logs {secret[:20]}"


async def test_no_log_holds_a_token_or_a_query(shared):
    """The last of those that share the cluster: all of the above are in its logs, at the level debug, if at all."""
    user = await enter(shared, good())
    await user.alive()
    quiet(shared, [token for _, token, _ in FORGERIES if len(token) > 40])


# -- new keys


async def test_sighup_brings_new_keys_and_takes_nothing_from_those_who_are_in(folder):
    keys = folder / "keys.pem"
    old, new = Key("EdDSA", "old"), Key("ES256", "new")
    keys.write_bytes(old.pem)
    options = ("--jwt-keys", keys)
    async with Cluster(folder, nodes=1, gateways=1, gateway_options=options, node_options=options) as cluster:
        programs = [cluster.gateways[0], cluster.nodes["node-1"]]
        people = [await enter(cluster, old.token(claims()), door) for door in DOORS]

        async def reload(content: bytes, sign: str) -> None:
            keys.write_bytes(content)
            counts = [program.log.count(sign) for program in programs]
            for program in programs:
                program.signal(1)
            for program, count in zip(programs, counts):
                await eventually(lambda: program.log.count(sign) > count, f"{program.name} says {sign!r}")

        async def expect(token: str, expected: int) -> None:
            for door in DOORS:
                assert await status(cluster, f"/chat?token={token}", door=door) == expected

        await reload(b"-----BEGIN PUBLIC KEY-----\nAAAA\n", "not reloaded")
        await expect(old.token(claims()), 101)
        await reload(new.pem, '"reloaded"')
        await expect(old.token(claims()), 401)
        await expect(new.token(claims()), 101)
        for person in people:
            await person.alive()
            assert (await token_answer(person, old.token(claims())))["type"] == "error"
        keys.unlink()
        for program in programs:
            program.signal(1)
        await eventually(lambda: all("no such file" in p.log for p in programs), "both miss the file")
        await expect(new.token(claims()), 101)
        for person in people:
            await person.alive()


# -- settings


@pytest.mark.parametrize("arguments, words", [
    (["--jwt-keys", "GOOD", "--user-from", "query:user"], ["--user-from", "leave this out"]),
    (["--user-from", "token"], ["--user-from", "--jwt-keys"]),
    (["--user-from", "header:X-Ringway-User"], ["--user-from"]), (["--user-from", "header:x_ringway_user"], ["--user-from"]),
    (["--jwt-keys", "/no/such/file", "--origins", "game=null"], ["no such file", "no service 'game'"]),
    (["--jwt-keys", "SECRET"], ["--jwt-algorithm HS256"]), (["--jwt-keys", "SECRET", "--jwt-algorithm", "HS256"], ["32 bytes"]),
    (["--jwt-keys", "WEAK"], ["2048 bits"]), (["--jwt-keys", "PRIVATE"], ["private key"]),
    (["--jwt-keys", "GOOD", "--jwt-algorithm", "RS256"], ["EdDSA, not RS256"]),
    (["--jwt-keys", "GOOD", "--services", "chat,game", "--jwt-audience", "api"], ["would open game"]),
    (["--jwt-keys", "GOOD", "--services", "chat,game", "--jwt-audience", "game=chat"], ["would open game"]),
    (["--jwt-keys", "chat=GOOD", "--services", "chat,game"], ["no keys for service game"]),
    (["--jwt-keys", "GOOD,chta=GOOD"], ["no service 'chta'"]), (["--jwt-keys", "GOOD,GOOD"], ["one for each service"]),
    (["--origins", "https://app.example/"], ["--origins"]), (["--origins", "https://App.example"], ["--origins"]),
    (["--origins", "*"], ["--origins"]), (["--origins", "https://*.example"], ["--origins"]),
    (["--origins", "file://"], ["--origins"]), (["--origins", "https://bücher.example"], ["--origins"]),
    (["--jwt-keys", "BROKEN"], ["key 1", "key 2"]),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
async def test_settings_that_cannot_be_meant_are_refused_with_78(folder, arguments, words):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from jwts import pem

    files = {
        "GOOD": ED.pem, "SECRET": b"hunter2\n", "WEAK": pem(rsa.generate_private_key(65537, 1024)),
        "PRIVATE": ED.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        "BROKEN": b'{"keys":[{"kty":"oct","k":"AA"},{"kty":"RSA"}]}',
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
        arguments = [argument.replace(name, str(folder / name)) for argument in arguments]
    code, _, log = await run("ringway-gateway", "--port", "0", "--admin-port", "0", *arguments)
    assert code == 78 and all(word in log for word in words), log


async def test_a_cookie_can_name_the_user_where_somebody_wants_that(folder):
    async with Cluster(folder, nodes=1, gateways=0) as cluster:
        gateway = await cluster.add_gateway("gateway-1", "--user-from", "cookie:who")
        user = await User.open(
            f"ws://{gateway.ready['data']}/chat", "alice", additional_headers={"Cookie": "a=b; who=alice; whom=x"})
        cluster.users.append(user)
        assert user.welcome["user"] == "alice"
        for cookies, expected in [
            (["a=b"], 401), ([], 401), (["who=a; who=b"], 400), (["who=a", "who=b"], 400), (["who=\"a\""], 400),
            (["WHO=alice"], 401), (["who="], 400),
        ]:
            assert await status(cluster, "/chat", *(f"Cookie: {cookie}" for cookie in cookies)) == expected, cookies
