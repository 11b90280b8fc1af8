"""Every way to get a WebSocket handshake wrong that the edge promises to refuse, and the answer it promises.

Used by test_handshake.py (gateway and node), and by scripts/malformed, which sends the same bytes to nginx and HAProxy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HOST = "ringway.test"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
TARGET = "/chat?user=alice"
# The fields of a handshake that is right, in the order they are sent.
RIGHT = {
    "Host": HOST, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}
JSON_TYPE = {"content-type": "application/json"}
ALLOW = {"allow": "GET"}
UPGRADE = {"upgrade": "websocket"}
VERSION = {"sec-websocket-version": "13"}
BEARER = {"www-authenticate": None}


@dataclass(frozen=True)
class Malformed:
    """One request. `headers` must be in the answer; None stands for any value."""

    group: str
    name: str
    sent: bytes
    status: int
    headers: dict[str, str | None] = field(default_factory=dict, hash=False)

    @property
    def contract(self) -> str:
        """The answer that is promised, for a table."""
        return " + ".join([str(self.status), *(n.title().replace("Websocket", "WebSocket") for n in self.headers)])


def text(line: str, *fields: str) -> bytes:
    return ("\r\n".join([line, *fields]) + "\r\n\r\n").encode("latin-1")


def request(line: str = f"GET {TARGET} HTTP/1.1", *more: str, without: tuple[str, ...] = (), **changed: str) -> bytes:
    """The right handshake, but for what is said: `without` fields, fields `changed` (with _ for -), and `more` lines."""
    fields = {name: value for name, value in RIGHT.items() if name not in without}
    names = {name.replace("-", "_").lower(): name for name in RIGHT}
    fields.update({names[name]: value for name, value in changed.items()})
    return text(line, *(f"{name}: {value}" for name, value in fields.items()), *more)


def plus(*more: str, **changed: str) -> bytes:
    return request(f"GET {TARGET} HTTP/1.1", *more, **changed)


def line(start: str) -> bytes:
    return request(start)


def key(value: str) -> bytes:
    return request(sec_websocket_key=value)


GOOD = request()


def _methods():
    for method in ("POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "GETS"):
        yield f"`{method}`", line(f"{method} {TARGET} HTTP/1.1")
    yield "`CONNECT host:port`", line(f"CONNECT {HOST}:80 HTTP/1.1")
    yield "`POST` with a body", request(f"POST {TARGET} HTTP/1.1", "Content-Length: 5") + b"hello"


def _versions():
    for version in ("1.0", "2.0", "0.9", "1.2", "3.0"):
        yield f"`HTTP/{version}`", line(f"GET {TARGET} HTTP/{version}")
    yield "HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def _lines():
    yield "no version (HTTP/0.9)", f"GET {TARGET}\r\n\r\n".encode()
    yield "`http/1.1`", line(f"GET {TARGET} http/1.1")
    yield "`HTTP/1.10`", line(f"GET {TARGET} HTTP/1.10")
    yield "`HTTP/01.1`", line(f"GET {TARGET} HTTP/01.1")
    yield "two spaces before the target", line(f"GET  {TARGET} HTTP/1.1")
    yield "a tab before the target", line(f"GET\t{TARGET} HTTP/1.1")
    yield "a space before the method", line(f" GET {TARGET} HTTP/1.1")
    yield "a space behind the version", line(f"GET {TARGET} HTTP/1.1 ")
    yield "two empty lines in front", b"\r\n\r\n" + GOOD
    yield "a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)


def _hosts():
    yield "no `Host`", request(without=("Host",))
    yield "two `Host`", plus("Host: other.test")
    yield "two equal `Host`", plus(f"Host: {HOST}")
    yield "empty `Host`", request(host="")
    yield "`Host` list", request(host=f"{HOST}, other.test")
    yield "`Host` with a space", request(host="ringway test")
    yield "`Host` with user info", request(host=f"admin@{HOST}")
    yield "`Host` with a path", request(host=f"{HOST}/chat")


def _targets():
    yield "absolute target", line(f"GET http://{HOST}{TARGET} HTTP/1.1")
    yield "absolute target, other host", line(f"GET http://other.test{TARGET} HTTP/1.1")
    yield "absolute `ws://` target", line(f"GET ws://{HOST}{TARGET} HTTP/1.1")
    yield "authority-form target", line(f"GET {HOST}:80 HTTP/1.1")
    yield "asterisk target", line("GET * HTTP/1.1")
    yield "target without `/`", line("GET chat?user=alice HTTP/1.1")
    yield "fragment in the target", line(f"GET {TARGET}#part HTTP/1.1")
    yield "NUL in the target", line("GET /chat\0?user=alice HTTP/1.1")
    yield "space in the target", line("GET /chat ?user=alice HTTP/1.1")
    yield "high byte in the target", line("GET /chat?user=al\xefce HTTP/1.1")
    yield "`%` without digits", line("GET /chat?user=al%zzce HTTP/1.1")
    yield "cut percent escape", line("GET /chat?user=alice%4 HTTP/1.1")


def _keys():
    yield "no key", request(without=("Sec-WebSocket-Key",))
    yield "empty key", key("")
    yield "key of 3 bytes", key("YWJj")
    yield "key of 15 bytes", key("dGhlIHNhbXBsZSBub25j")
    yield "key of 17 bytes", key("dGhlIHNhbXBsZSBub25jZWE=")
    yield "key of 18 bytes", key("dGhlIHNhbXBsZSBub25jZWFi")
    yield "key without padding", key(KEY.rstrip("="))
    yield "key that is no base64", key("!" * 22 + "==")
    yield "key in base64url", key("-_-_-_-_-_-_-_-_-_-_-w==")
    yield "two keys", plus("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    yield "two equal keys", plus(f"Sec-WebSocket-Key: {KEY}")
    yield "key list", key(f"{KEY}, {KEY}")


def _bodies():
    yield "`Content-Length: 5`", plus("Content-Length: 5") + b"hello"
    for value in ("+5", "-1", "0x5", "5, 5", "", "18446744073709551616"):
        yield f"`Content-Length: {value}`".replace(": `", ":`"), plus(f"Content-Length: {value}") + b"hello"
    yield "two `Content-Length`", plus("Content-Length: 0", "Content-Length: 5") + b"hello"
    yield "two equal `Content-Length: 0`", plus("Content-Length: 0", "Content-Length: 0")
    for value in ("chunked", "identity", "ChUnKed", "gzip, chunked", ""):
        yield f"`Transfer-Encoding: {value}`".replace(": `", ":`"), plus(f"Transfer-Encoding: {value}") + b"0\r\n\r\n"
    yield "chunked and a length", plus("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n"
    yield "chunked, tab in front", plus("Transfer-Encoding:\tchunked") + b"0\r\n\r\n"


def _syntax():
    yield "folded field", plus("X-A: 1\r\n 2")
    yield "folded with a tab", plus("X-A: 1\r\n\t2")
    yield "folded `Host`", plus(host=f"\r\n {HOST}")
    yield "first field starts with a space", request(f"GET {TARGET} HTTP/1.1\r\n X-A: 1")
    yield "space before the colon", plus("X-A : 1")
    yield "tab before the colon", plus("X-A\t: 1")
    yield "space before `Host`'s colon", GOOD.replace(b"Host:", b"Host :")
    yield "field without a colon", plus("X-A")
    yield "field without a name", plus(": 1")
    yield "space in a name", plus("X A: 1")
    yield "`(` in a name", plus("X(A): 1")
    yield "high byte in a name", plus("X-\xc4: 1")
    yield "bare LF everywhere", GOOD.replace(b"\r\n", b"\n")
    yield "one bare LF", plus("X-A: 1\nX-B: 2")
    yield "bare LF at the end", GOOD[:-2] + b"\n"
    yield "bare CR in a value", plus("X-A: 1\r2")
    yield "CR before CRLF", plus("X-A: 1\r")
    yield "NUL in a value", plus("X-A: a\0b")
    yield "NUL in a name", plus("X-\0A: 1")
    yield "byte 0x01 in a value", plus("X-A: a\x01b")
    yield "vertical tab in a value", plus("X-A: a\x0bb")
    yield "escape byte in a value", plus("X-A: \x1b[31m")
    yield "DEL in a value", plus("X-A: a\x7fb")
    yield "garbage behind a plain request", text("GET /livez HTTP/1.1", f"Host: {HOST}") + b"\x00\x01\x02\x03\r\n\r\n"


def _upgrades():
    yield "no upgrade at all", request(without=("Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"))
    yield "no `Upgrade`, no `Connection`", request(without=("Upgrade", "Connection"))
    yield "no `Upgrade`", request(without=("Upgrade",))
    yield "no `Connection`", request(without=("Connection",))
    yield "`h2c`", plus("HTTP2-Settings: AAMAAABkAAQAAP__", upgrade="h2c", connection="Upgrade, HTTP2-Settings")
    yield "`h2c` alone", text(
        f"GET {TARGET} HTTP/1.1", f"Host: {HOST}", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__")
    for value in ("websockets", "web socket", "websocket/13", '"websocket"', "xwebsocket", "TLS/1.0"):
        yield f"`Upgrade: {value}`", request(upgrade=value)
    for value in ("keep-alive", "close", "not-upgrade", "upgraded", "upgrade;q=1", '"upgrade"', "up grade"):
        yield f"`Connection: {value}`", request(connection=value)


def _websocket_versions():
    yield "no version", request(without=("Sec-WebSocket-Version",))
    for value in ("12", "8", "0", "14", "013", "+13", "13, 8", "13;", "0x0d", ""):
        yield f"version `{value}`" if value else "empty version", request(sec_websocket_version=value)
    yield "versions 13 and 8", plus("Sec-WebSocket-Version: 8")
    yield "version 13 twice", plus("Sec-WebSocket-Version: 13")


def _sizes():
    yield "head over 16 KiB", plus(*(f"X-{i}: {'a' * 2000}" for i in range(9)))
    yield "target over 16 KiB", line(f"GET {TARGET}&x={'a' * 17_000} HTTP/1.1")
    yield "head that never ends", b"GET /" + b"a" * 40_000
    yield "field over 8 KiB", plus(f"X-A: {'a' * 8200}")
    yield "name over 8 KiB", plus(f"{'A' * 8200}: 1")
    yield "65 fields", plus(*(f"X-{i}: a" for i in range(60)))
    yield "1,000 fields", plus(*(f"X-{i}: a" for i in range(995)))


def _credentials():
    yield "no user", line("GET /chat HTTP/1.1")
    yield "other parameters, no user", line("GET /chat?name=alice HTTP/1.1")


def _users():
    yield "empty user", line("GET /chat?user= HTTP/1.1")
    yield "two users", line("GET /chat?user=alice&user=bob HTTP/1.1")
    yield "control byte in the user", line("GET /chat?user=a%00b HTTP/1.1")
    yield "user of 257 bytes", line(f"GET /chat?user={'a' * 257} HTTP/1.1")
    yield "user that is no UTF-8", line("GET /chat?user=%ff%fe HTTP/1.1")


def _origins():
    yield "page of another origin", plus("Origin: https://evil.test")
    yield "`Origin: null`", plus("Origin: null")
    yield "empty `Origin`", plus("Origin:")


def _twice():
    yield "`Origin` twice", plus("Origin: https://a.test", "Origin: https://b.test")
    yield "subprotocol that is no token", plus("Sec-WebSocket-Protocol: a b")
    yield "subprotocol twice", plus("Sec-WebSocket-Protocol: a, a")


def _places():
    yield "unknown service", line("GET /no-such-service?user=alice HTTP/1.1")
    yield "no service", line("GET /?user=alice HTTP/1.1")


_GROUPS = [
    ("method", _methods, 405, ALLOW), ("HTTP version", _versions, 505, {}), ("request line", _lines, 400, {}),
    ("host", _hosts, 400, {}), ("target", _targets, 400, {}), ("key", _keys, 400, {}), ("body", _bodies, 400, {}),
    ("syntax", _syntax, 400, {}), ("no upgrade", _upgrades, 426, UPGRADE),
    ("WebSocket version", _websocket_versions, 426, VERSION), ("size", _sizes, 431, {}),
    ("user", _credentials, 401, BEARER), ("user", _users, 400, {}), ("origin", _origins, 403, {}),
    ("given twice", _twice, 400, {}), ("place", _places, 404, {}),
]

MALFORMED = [
    Malformed(group, name, sent, status, headers)
    for group, requests, status, headers in _GROUPS for name, sent in requests()
]

# As odd as they look, these are right, and an edge that refuses them is too strict.
RIGHT_BUT_ODD = [
    ("lists and other cases", plus("X-A: 1", upgrade="h2c, WebSocket", connection="keep-alive, UPGRADE")),
    ("tokens over two lines", plus("Connection: Upgrade", connection="keep-alive")),
    ("names in capitals", GOOD.replace(b"Sec-WebSocket-Key", b"SEC-WEBSOCKET-KEY")),
    ("no white space", GOOD.replace(b": ", b":")),
    ("tabs around values", GOOD.replace(b": 13", b":\t13\t ")),
    ("one empty line in front", b"\r\n" + GOOD),
    ("high bytes in a value", plus("X-A: \xc3\xa4")),
    ("64 fields", plus(*(f"X-{i}: a" for i in range(59)))),
    ("field of 8 KiB", plus(f"X-A: {'a' * (8192 - 5)}")),
    ("head of 16 KiB", None),
    ("Content-Length: 0", plus("Content-Length: 0")),
    ("host with a port", request(host=f"{HOST}:80")),
    ("an IPv6 host", request(host="[::1]:7000")),
    ("escapes in any case", line("GET /chat?user=%61lic%65&x=%C3%a4 HTTP/1.1")),
    ("extensions are ignored", plus("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")),
    ("subprotocols are ignored", plus("Sec-WebSocket-Protocol: a, b")),
    ("key with spare bits", key("dGhlIHNhbXBsZSBub25jZR==")),
]


def _whole_head() -> bytes:
    """A head of exactly 16 KiB."""
    parts = [f"X-{i}: {'a' * 4000}" for i in range(3)]
    missing = 16 * 1024 - len(plus(*parts, "X-Z: "))
    return plus(*parts, f"X-Z: {'a' * missing}")


RIGHT_BUT_ODD = [(name, sent if sent is not None else _whole_head()) for name, sent in RIGHT_BUT_ODD]
