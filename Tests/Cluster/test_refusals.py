"""Bad input at every door: which answer, and that nothing behind the door noticed."""

from __future__ import annotations

import json

import pytest

from calls import call, escaped, raw
from users import Refused

CLUSTER = {"nodes": 2, "gateways": 1}
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def request(
    line: str = "GET /chat?user=alice HTTP/1.1", host: str | None = "ringway.test", key: str | None = KEY,
    version: str | None = "13", upgrade: str | None = "websocket", connection: str | None = "Upgrade", *more: str,
) -> bytes:
    """A handshake, whole unless told otherwise."""
    headers = {"Host": host, "Upgrade": upgrade, "Connection": connection, "Sec-WebSocket-Key": key,
               "Sec-WebSocket-Version": version}
    lines = [line] + [f"{name}: {value}" for name, value in headers.items() if value is not None] + list(more)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


HANDSHAKES = [
    ("POST", request("POST /chat?user=alice HTTP/1.1"), 405),
    ("HTTP/1.0", request("GET /chat?user=alice HTTP/1.0"), 505),
    ("HTTP/2.0", request("GET /chat?user=alice HTTP/2.0"), 505),
    ("no host", request(host=None), 400),
    ("two hosts", request()[:-2] + b"Host: other\r\n\r\n", 400),
    ("absolute target", request("GET http://ringway.test/chat?user=alice HTTP/1.1"), 400),
    ("three byte key", request(key="YWJj"), 400),
    ("key is not base64", request(key="!" * 24), 400),
    ("no key", request(key=None), 400),
    ("two keys", request()[:-2] + f"Sec-WebSocket-Key: {KEY}\r\n\r\n".encode(), 400),
    ("a body", request()[:-2] + b"Content-Length: 4\r\n\r\nbody", 400),
    ("chunked", request()[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("folded header", request()[:-2] + b"X-A: 1\r\n 2\r\n\r\n", 400),
    ("space before colon", request()[:-2] + b"X-A : 1\r\n\r\n", 400),
    ("bare line feed", request().replace(b"\r\n", b"\n"), 400),
    ("NUL", request()[:-2] + b"X-A: a\0b\r\n\r\n", 400),
    ("no upgrade", request(upgrade=None, connection=None), 426),
    ("h2c", request(upgrade="h2c"), 426),
    ("version 8", request(version="8"), 426),
    ("no version", request(version=None), 426),
    ("huge field", request()[:-2] + b"X-A: " + b"a" * 9000 + b"\r\n\r\n", 431),
    ("huge head", request()[:-2] + b"".join(b"X-%d: %s\r\n" % (i, b"a" * 4000) for i in range(5)) + b"\r\n", 431),
    ("65 fields", request()[:-2] + b"".join(b"X-%d: a\r\n" % i for i in range(65)) + b"\r\n", 431),
    ("not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
]


@pytest.mark.parametrize("door", ["gateway", "node"])
@pytest.mark.parametrize("name, bytes_sent, status", HANDSHAKES, ids=[h[0] for h in HANDSHAKES])
async def test_a_bad_handshake_is_refused_with_its_status_one_json_line_and_a_close(
    shared, door, name, bytes_sent, status
):
    address = shared.gateways[0].ready["data"] if door == "gateway" else shared.nodes["node-1"].ready["direct"]
    answer, closed = await raw(address, bytes_sent)
    assert answer is not None, "closed without an answer"
    assert answer.status == status, answer
    assert closed and answer.headers.get("connection", "").lower() == "close"
    assert answer.body.strip().count(b"\n") == 0 and json.loads(answer.body)["error"]["message"]
    if status == 405:
        assert "GET" in answer.headers["allow"]
    if name in ("no upgrade", "h2c"):
        assert answer.headers["upgrade"].lower() == "websocket"
    if "version" in name:
        assert answer.headers["sec-websocket-version"] == "13"


async def test_a_good_handshake_of_the_same_kind_is_accepted(shared):
    answer, _ = await raw(shared.gateways[0].ready["data"], request())
    assert answer.status == 101 and answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


async def test_a_head_that_never_ends_is_answered_with_408(shared):
    answer, closed = await raw(shared.gateways[0].ready["data"], b"GET /chat?user=alice HTTP/1.1\r\nHost: x\r\n", 9)
    assert closed and answer is not None and answer.status == 408


BAD_USERS = [b"", b"\x01", b"a\x1fb", b"\x7f", b"\xff\xfe", b"\xc3", b"x" * 257, "é".encode() * 129, b"\xed\xa0\x80"]


@pytest.mark.parametrize("user", BAD_USERS, ids=[repr(u[:12]) for u in BAD_USERS])
async def test_a_user_that_breaks_the_key_rules_is_refused_with_400(shared, user):
    answer = await shared.where(0, user)
    assert answer.status == 400 and answer.json["error"]["message"]
    answer, closed = await raw(
        shared.gateways[0].ready["data"], request(f"GET /chat?user={escaped(user)} HTTP/1.1"))
    assert answer.status == 400 and closed
    answer, closed = await raw(
        shared.nodes["node-1"].ready["direct"], request(f"GET /chat?user={escaped(user)} HTTP/1.1"))
    assert answer.status == 400 and closed


async def test_a_handshake_without_a_user_is_refused(shared):
    for target in ("/chat", "/chat?usr=alice"):
        answer, _ = await raw(shared.gateways[0].ready["data"], request(f"GET {target} HTTP/1.1"))
        assert answer.status in (400, 401), answer


async def test_the_longest_user_is_welcome(shared):
    user = await shared.user("x" * 256)
    assert user.node == (await shared.ring()).owner("x" * 256)


def registration(**changes) -> dict:
    body = {"id": "n9", "incarnation": 1, "kind": "ringway", "address": "127.0.0.1:4000",
            "url": "ws://127.0.0.1:4001/chat", "weight": 100, "zone": "a", "proof_key": "5a" * 32,
            **changes}
    return {name: value for name, value in body.items() if value is not ...}


BAD_REGISTRATIONS = [
    ("id", ""), ("id", "-starts-badly"), ("id", "has space"), ("id", "x" * 129), ("id", 7), ("id", "é"), ("id", ...),
    ("weight", -1), ("weight", 10_001), ("weight", "heavy"), ("weight", 1.5),
    ("address", "nowhere"), ("address", "127.0.0.1"), ("address", "127.0.0.1:0"), ("address", "127.0.0.1:70000"),
    ("address", "127.0.0.1:http"), ("address", ":80"), ("address", ...), ("address", "0.0.0.0:80"),
    ("kind", "martian"), ("zone", "has space"), ("zone", "z" * 65), ("incarnation", -1), ("incarnation", "one"),
    ("incarnation", 1 << 53), ("incarnation", ...), ("url", "not a url"), ("url", "http://127.0.0.1:1/x"),
    ("proof_key", ...), ("proof_key", "5a"), ("proof_key", "x" * 64), ("proof_key", 7),
]


@pytest.mark.parametrize("field, value", BAD_REGISTRATIONS, ids=[f"{f}={str(v)[:16]}" for f, v in BAD_REGISTRATIONS])
async def test_a_bad_registration_is_refused_with_400_that_names_the_field(shared, field, value):
    before = await shared.ring()
    answer = await shared.api("POST", "/v1/services/chat/nodes", registration(**{field: value}))
    assert answer.status == 400, answer
    assert field in answer.json["error"]["message"], answer.text
    assert (await shared.ring()).epoch == before.epoch


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"id":"n9"', b"{" * 5000])
async def test_a_body_that_is_no_json_object_is_refused(shared, body):
    answer = await shared.api("POST", "/v1/services/chat/nodes", body)
    assert answer.status == 400 and answer.json["error"]["message"], answer


async def test_a_body_that_is_too_large_is_refused(shared):
    answer = await shared.api("POST", "/v1/services/chat/nodes", b" " * (8 << 20))
    assert answer.status in (400, 413), answer


async def test_unknown_paths_and_methods_are_answered(shared):
    gateway, registry = shared.gateways[0], shared.registry_address
    for address in (gateway.ready["data"], gateway.ready["admin"], registry):
        assert (await call("GET", address, "/no/such/path")).status in (404, 426)
    assert (await call("DELETE", registry, "/v1/services")).status in (404, 405)
    with pytest.raises(Refused) as refusal:
        await shared.user("alice", service="unknown")
    assert refusal.value.status == 404
