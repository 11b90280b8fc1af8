"""Which pages may connect, where else a user may stand, and settings of identity that cannot be meant."""

from __future__ import annotations

import pytest

from cluster import Cluster
from identity import CLUSTER, DOORS, ED, good, status
from programs import run
from users import User

assert CLUSTER, "the fixture `shared` reads it"

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
