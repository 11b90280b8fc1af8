"""Keys, a cluster that demands tokens, and ways in; for the tests of identity."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from calls import raw
from cluster import Cluster
from forgeries import ISSUER, claims
from jwts import Key, key_set
from test_refusals import request
from users import User

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


async def token_answer(user: User, token, text: str | None = None) -> dict:
    """Sends a token; the answer to it."""
    before = len(user.frames)
    await user.socket.send(text or json.dumps({"type": "token", "token": token}))

    def answers() -> list[dict]:
        # The result of a message that was sent before may still be on its way.
        frames = [json.loads(frame) for frame in user.frames[before:]]
        return [frame for frame in frames if frame["type"] in ("token", "error")]

    await user.until(lambda: answers() or user.end, "an answer to the token")
    assert not user.end, user.end
    return answers()[0]


def quiet(cluster: Cluster, tokens: list[str]) -> None:
    """No log holds a token, or any part of a query."""
    for program in cluster.programs:
        for secret in [*tokens, *(token.rsplit(".", 1)[-1] for token in tokens), "eyJ", "token=", "bearer.", "?user", "&user",
                       "?token", "who=visible"]:
            assert not secret or secret not in program.log, f"{program.name} logs {secret[:20]}"
