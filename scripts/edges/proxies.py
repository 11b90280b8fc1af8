"""nginx and HAProxy as their own pages on WebSockets configure them, and a server behind them that takes anything."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from pathlib import Path

from redis_server import free_port
from waiting import eventually

# https://nginx.org/en/docs/http/websocket.html
NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        ''      close;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }}
    }}
}}
"""
# https://www.haproxy.com/documentation/haproxy-configuration-tutorials/protocol-support/websocket/
HAPROXY = """\
global
    maxconn 256
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout http-request 5s
    timeout tunnel 1h
frontend edge
    bind 127.0.0.1:{port}
    default_backend nodes
backend nodes
    server node 127.0.0.1:{upstream}
"""
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Upstream:
    """Answers 101 to whatever arrives, and counts it."""

    def __init__(self) -> None:
        self.received = 0

    async def start(self) -> "Upstream":
        self.server = await asyncio.start_server(self.connected, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                self.received += len(data)
                key = re.findall(rb"(?i)sec-websocket-key:[ \t]*([^\r\n]*)", data)
                accept = base64.b64encode(hashlib.sha1((key[-1] if key else b"") + MAGIC).digest())
                writer.write(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        except ConnectionError:
            pass
        finally:
            writer.close()


class Proxy:
    """One of the two, with an upstream of its own."""

    def __init__(self, name: str, folder: Path):
        self.name, self.folder = name, folder / name
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> "Proxy":
        self.folder.mkdir(parents=True)
        self.upstream = await Upstream().start()
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        text = {"nginx": NGINX, "haproxy": HAPROXY}[self.name]
        file = self.folder / "configuration"
        file.write_text(text.format(folder=self.folder, port=port, upstream=self.upstream.port))
        command = {
            "nginx": ["nginx", "-p", str(self.folder), "-c", str(file)], "haproxy": ["haproxy", "-db", "-f", str(file)],
        }[self.name]
        with open(self.folder / "log", "wb") as log:
            self.process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)

        async def listens() -> bool:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True

        await eventually(listens, f"{self.name} listens, see {self.folder}/log")
        return self

    async def version(self) -> str:
        process = await asyncio.create_subprocess_exec(
            self.name, "-v", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        out, _ = await process.communicate()
        return re.search(rb"(\d+\.\d+\.\d+)", out)[1].decode()

    async def stop(self) -> None:
        if self.process and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
        self.upstream.server.close()
