"""What nobody may see: identity headers and tokens on links; and new keys while everybody stays."""

from __future__ import annotations

import asyncio
import time

from cluster import Cluster
from forgeries import claims
from identity import DOORS, TOKENS, enter, good, quiet, status, token_answer
from jwts import Key
from waiting import eventually


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
