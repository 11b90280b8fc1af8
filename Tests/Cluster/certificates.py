"""Certificates of scripts/certificates, and blocking TLS clients on Python's own ssl."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from pathlib import Path

from calls import split
from programs import ROOT


class Certificates:
    """A folder of scripts/certificates; making it again gives new certificates of the same authority."""

    def __init__(self, folder: Path, *names: str):
        self.folder, self.names = folder, names
        self.make()

    def make(self) -> None:
        subprocess.run(
            [ROOT / "scripts" / "certificates", self.folder, *self.names], check=True, capture_output=True, timeout=60)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    @property
    def clients(self) -> tuple[str, ...]:
        """The options of a gateway or node that takes clients with TLS."""
        return ("--tls-cert", self.path("server.pem"), "--tls-key", self.path("server.key"))

    @property
    def links(self) -> tuple[str, ...]:
        """The options of a process whose links are TLS with certificates on both ends."""
        return (
            "--link-tls-cert", self.path("link.pem"), "--link-tls-key", self.path("link.key"), "--link-tls-trust",
            self.path("authority.pem"))

    def context(self, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """Trusts this authority and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.path("authority.pem"))
        if version:
            # A level of 0, or Python's own OpenSSL would not even offer what is too old.
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
        return context

    def server_certificate(self) -> bytes:
        """The server's certificate as it goes over the wire."""
        return ssl.PEM_cert_to_DER_cert(Path(self.path("server.pem")).read_text())


def ask(
    context: ssl.SSLContext, address: str, name: str = "127.0.0.1", session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLSocket, bytes]:
    """A TLS connection and the answer to a plain request on it, read to the end."""
    plain = socket.create_connection(split(address), timeout=20)
    secure = context.wrap_socket(plain, server_hostname=name, session=session)
    secure.sendall(b"GET /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    answer = b""
    while part := secure.recv(65536):
        answer += part
    return secure, answer


async def asked(*arguments, **more) -> tuple[ssl.SSLSocket, bytes]:
    """`ask` on a thread."""
    return await asyncio.to_thread(ask, *arguments, **more)
