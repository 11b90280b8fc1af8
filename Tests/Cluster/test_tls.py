"""wss at both doors, TLS on links, and certificates that change under open sockets."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from calls import escaped, split
from certificates import Certificates, asked
from cluster import Cluster
from programs import run
from users import Refused, User
from waiting import eventually, gathered


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


async def secure_user(cluster: Cluster, name: str, certificates: Certificates, gateway: int = 0, **options) -> User:
    address = cluster.gateways[gateway].ready["data"]
    user = await User.open(
        f"wss://{address}/chat?user={escaped(name)}", name, ssl=certificates.context(), **options)
    cluster.users.append(user)
    return user


async def logged(program, text: str, times: int = 1) -> None:
    await eventually(lambda: program.log.count(text) >= times, f"{program.name} logs {text!r}")


# -- clients


async def test_users_talk_over_wss_through_gateways_and_straight_at_nodes(folder, made):
    async with Cluster(
        folder, nodes=2, gateways=2, gateway_options=made.clients, node_options=made.clients
    ) as cluster:
        alice = await secure_user(cluster, "alice", made, 0)
        bob = await secure_user(cluster, "bob", made, 1)
        assert (await alice.say("bob", "hi"))["status"] == "delivered"
        assert alice.socket.transport.get_extra_info("ssl_object").version() == "TLSv1.3"
        large = "x" * 200_000
        assert (await bob.say("alice", large))["status"] == "delivered"
        await alice.until(lambda: alice.messages, "the large message")
        assert alice.messages[0]["data"] == large
        # Straight at the owner: the ring says wss, and its certificate is verified like the gateway's.
        ring = await cluster.ring()
        url = ring.nodes[ring.owner("carol")]["url"]
        assert url.startswith("wss://")
        carol = await cluster.direct("carol", url, ssl=made.context())
        assert (await carol.say("alice", "ho"))["status"] == "delivered"
        metrics = await cluster.metrics(cluster.gateways[0])
        assert metrics.value("ringway_tls_handshakes_total", version="TLSv1.3") >= 1
        assert metrics.value("ringway_certificate_expiry_seconds", use="clients") > 1.7e9
        with pytest.raises(Exception):
            strict = ssl.create_default_context()
            await User.open(f"wss://{cluster.gateways[0].ready['data']}/chat?user=x", "x", ssl=strict)


async def test_versions_names_and_refusals(folder, made):
    other = Certificates(folder / "other", "chat.example", "*.chat.example")
    certs = f"{made.path('server.pem')},{other.path('server.pem')}"
    keys = f"{made.path('server.key')},{other.path('server.key')}"
    async with Cluster(
        folder, nodes=1, gateways=1, gateway_options=("--tls-cert", certs, "--tls-key", keys)
    ) as cluster:
        gateway = cluster.gateways[0]
        address = gateway.ready["data"]
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            secure, answer = await asked(made.context(version), address)
            assert secure.version() == version.name.replace("_", ".") and answer.startswith(b"HTTP/1.1 4")
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asked(made.context(version), address)
        # The name picks the certificate; the first one answers for everybody else.
        for name in ("chat.example", "a.chat.example"):
            secure, _ = await asked(other.context(), address, name)
            assert secure.getpeercert(True) == other.server_certificate()
        secure, _ = await asked(made.context(), address, "localhost")
        assert secure.getpeercert(True) == made.server_certificate()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asked(made.context(), address, "elsewhere.example")
        # ALPN: ours is taken, a list without it is refused.
        context = made.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        secure, _ = await asked(context, address)
        assert secure.selected_alpn_protocol() == "http/1.1"
        context.set_alpn_protocols(["h2"])
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asked(context, address)
        # A session cannot be negotiated anew: it ends, and the gateway goes on.
        assert b"renegotiation" in await asyncio.to_thread(renegotiate, address)
        # Plain HTTP gets nothing, is closed at once, and is counted for what it is.
        with socket.create_connection(split(address), timeout=20) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await asyncio.to_thread(plain.recv, 100) == b""
        metrics = await cluster.metrics(gateway)
        assert metrics.value("ringway_tls_failures_total", reason="plain_http") == 1
        assert metrics.value("ringway_tls_failures_total", reason="version") == 2


def renegotiate(address: str) -> bytes:
    """What the openssl program says of a renegotiation in TLS 1.2."""
    client = subprocess.run(
        ["openssl", "s_client", "-connect", address, "-tls1_2"], input=b"R\n", capture_output=True, timeout=30)
    return client.stdout + client.stderr


async def test_the_time_for_a_head_covers_the_handshake(folder, made):
    async with Cluster(
        folder, nodes=1, gateways=1, gateway_options=(*made.clients, "--head-within", "500ms")
    ) as cluster:
        for said in (b"", b"\x16\x03\x01\x02\x00\x01\x00"):
            with socket.create_connection(split(cluster.gateways[0].ready["data"]), timeout=5) as slow:
                slow.sendall(said)
                assert await asyncio.to_thread(slow.recv, 100) == b""


async def test_tickets_resume_also_after_a_reload(folder):
    certificates = Certificates(folder / "own")
    async with Cluster(folder, nodes=1, gateways=1, gateway_options=certificates.clients) as cluster:
        gateway = cluster.gateways[0]
        address = gateway.ready["data"]
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = certificates.context(version)
            first, _ = await asked(context, address)
            assert not first.session_reused
            again, _ = await asked(context, address, session=first.session)
            assert again.session_reused
            reloads = gateway.log.count("certificates for clients")
            certificates.make()
            gateway.signal(signal.SIGHUP)
            await logged(gateway, "certificates for clients", reloads + 1)
            after, _ = await asked(context, address, session=again.session)
            assert after.session_reused, "the ticket keys outlive the certificate"
            fresh, _ = await asked(context, address)
            assert fresh.getpeercert(True) == certificates.server_certificate()
        assert (await cluster.metrics(gateway)).value("ringway_tls_resumed_total") == 4


async def test_a_swap_under_a_thousand_open_sockets_drops_none(folder):
    certificates = Certificates(folder / "own")
    async with Cluster(folder, nodes=2, gateways=1, gateway_options=certificates.clients) as cluster:
        gateway = cluster.gateways[0]
        context = certificates.context()
        address = gateway.ready["data"]

        async def come(number: int) -> User:
            name = f"user-{number}"
            user = await User.open(f"wss://{address}/chat?user={name}", name, ssl=context)
            cluster.users.append(user)
            return user

        people = await gathered([come(number) for number in range(1000)], at_once=50)
        old = certificates.server_certificate()
        certificates.make()
        assert certificates.server_certificate() != old
        gateway.signal(signal.SIGHUP)
        await logged(gateway, "certificates for clients")
        shown, _ = await asked(certificates.context(), address)
        assert shown.getpeercert(True) == certificates.server_certificate()
        assert not [user.name for user in people if user.end], "nobody was dropped"
        answers = await gathered([user.say(user.name, number) for number, user in enumerate(people)], at_once=100)
        assert all(answer["status"] == "delivered" for answer in answers)
        late = await come(1000)
        assert late.socket.transport.get_extra_info("ssl_object").getpeercert(True) == certificates.server_certificate()


async def test_a_broken_file_changes_nothing_and_is_said_to_be_broken(folder):
    certificates = Certificates(folder / "own")
    async with Cluster(folder, nodes=1, gateways=1, gateway_options=certificates.clients) as cluster:
        gateway = cluster.gateways[0]
        address = gateway.ready["data"]
        alice = await secure_user(cluster, "alice", certificates)
        shown = certificates.server_certificate()
        Path(certificates.path("server.pem")).write_text("no certificate\n")
        gateway.signal(signal.SIGHUP)
        await logged(gateway, "not reloaded")
        secure, _ = await asked(certificates.context(), address)
        assert secure.getpeercert(True) == shown
        # A certificate whose key is another's is no better.
        certificates.make()
        Certificates(folder / "other").make()
        Path(certificates.path("server.key")).write_bytes((folder / "other" / "server.key").read_bytes())
        gateway.signal(signal.SIGHUP)
        await logged(gateway, "does not belong to the key")
        secure, _ = await asked(certificates.context(), address)
        assert secure.getpeercert(True) == shown
        await alice.alive()


async def test_files_that_cannot_be_used_are_listed_at_the_start(folder, made):
    code, _, text = await run(
        "ringway-gateway", "--port", 0, "--tls-cert", made.path("server.pem"), "--tls-key", made.path("link.key"),
        "--link-tls-cert", "/none.pem", "--link-tls-key", made.path("link.key"), "--link-tls-trust",
        made.path("authority.pem"))
    assert code == 78, text
    assert "--tls-cert: the certificate does not belong to the key" in text and "--link-tls-cert: " in text
    assert "/none.pem" in text
    code, _, text = await run("ringway-node", "--id", "n", "--tls-cert", made.path("server.pem"))
    assert code == 78 and "each certificate needs its key" in text, text
    code, _, text = await run("ringway-node", "--id", "n", "--link-tls-trust", made.path("authority.pem"))
    assert code == 78 and "--link-tls-cert and --link-tls-key too" in text, text
    code, _, text = await run("ringway-registry", "--link-tls-trust", "/none.pem")
    assert code == 78 and "--link-tls-trust: " in text, text


# -- links


async def test_links_are_tls_with_certificates_on_both_ends(folder, made):
    options = made.links
    async with Cluster(
        folder, nodes=3, gateways=2, registry_options=options, gateway_options=options, node_options=options
    ) as cluster:
        people = [await cluster.user(f"user-{number}", number % 2) for number in range(12)]
        assert len({user.node for user in people}) == 3
        for index, user in enumerate(people):
            assert (await user.say(people[index - 1].name, index))["status"] == "delivered"
        for node in cluster.nodes.values():
            metrics = await cluster.metrics(node)
            # The registry's call, two gateways with two loops each, and the other nodes.
            assert metrics.value("ringway_tls_handshakes_total") >= 3
            assert metrics.value("ringway_tls_failures_total") == 0
        # Certificates of links are read again as well, and links that are open stay.
        for program in cluster.programs:
            program.signal(signal.SIGHUP)
        for program in cluster.programs:
            await logged(program, "certificates for links")
        assert not [user.name for user in people if user.end]

        # TLS without a certificate, and no TLS at all.
        cluster.options["gateway"] = ()
        bare = await cluster.add_gateway("bare", "--link-tls-trust", made.path("authority.pem"))
        plain = await cluster.add_gateway("plain")
        strangers = Certificates(folder / "strangers")
        stranger = await cluster.add_gateway("stranger", *strangers.links)
        for gateway in (bare, plain, stranger):
            with pytest.raises(Refused) as refusal:
                await User.open(f"ws://{gateway.ready['data']}/chat?user=mallory", "mallory")
            assert refusal.value.status in (502, 504)
        total = [await cluster.metrics(node) for node in cluster.nodes.values()]
        assert sum(m.value("ringway_tls_failures_total", reason="no_certificate") for m in total) >= 1
        assert sum(m.value("ringway_tls_failures_total", reason="not_tls") for m in total) >= 1
        assert "the server's certificate is not accepted" in stranger.log
        assert any("the peer showed no certificate" in node.log for node in cluster.nodes.values())


async def test_links_by_an_agreed_name(folder):
    agreed = Certificates(folder / "agreed", "ringway.internal")
    options = (*agreed.links, "--link-tls-name", "ringway.internal")
    async with Cluster(
        folder, nodes=2, gateways=1, registry_options=options, gateway_options=options, node_options=options
    ) as cluster:
        people = [await cluster.user(f"user-{number}") for number in range(6)]
        assert (await people[0].say("user-1", 1))["status"] == "delivered"
        cluster.options["gateway"] = ()
        hosts = await cluster.add_gateway("hosts", *agreed.links)
        with pytest.raises(Refused) as refusal:
            await User.open(f"ws://{hosts.ready['data']}/chat?user=mallory", "mallory")
        assert refusal.value.status == 502


# -- our own client


async def test_bench_speaks_wss_and_verifies(folder, made):
    async with Cluster(
        folder, nodes=1, gateways=1, gateway_options=made.clients, node_options=("--application", "echo")
    ) as cluster:
        url = f"wss://{cluster.gateways[0].ready['data']}/chat?user={{user}}"
        load = ("bench", "echo", "--url", url, "--connections", 5, "--seconds", 0.5, "--warmup", 0.1)
        code, out, err = await run("ringway", *load, "--trust", made.path("authority.pem"))
        assert code == 0, out + err
        code, out, err = await run("ringway", *load)
        assert code != 0 and "certificate" in out + err, out + err
