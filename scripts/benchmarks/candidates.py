"""Who is compared with whom: every candidate is started once, answers on a port, and stays up for the whole run."""

from __future__ import annotations

import json
import platform
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from processes import RELEASE, WORK, Stage, family, free_port

# The program under test has core 0 for itself; the load and everything behind the program share core 1.
UNDER_TEST, BEHIND = 0, 1
NODES = 3

NGINX = """
daemon off; master_process on; worker_processes 1; worker_rlimit_nofile 20000; pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 19000; use epoll; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  upstream nodes {{ hash $arg_user consistent; {servers} }}
  server {{
    listen 127.0.0.1:{port} backlog=4096{secure};
    location / {{
      proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "Upgrade"; proxy_set_header Host $host;
      proxy_read_timeout 1h; proxy_send_timeout 1h; proxy_next_upstream off; {buffers}
    }}
  }}
}}
"""
NGINX_BUFFERS = "proxy_buffer_size 64k; proxy_buffers 4 64k; proxy_busy_buffers_size 128k;"

HAPROXY = """
global
  nbthread 1
  maxconn 9500
  {buffers}
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
  backlog 4096
frontend clients
  bind 127.0.0.1:{port}{secure}
  default_backend nodes
backend nodes
  balance url_param user
  hash-type consistent sdbm avalanche
{servers}
"""


@dataclass
class Candidate:
    """A program that answers WebSocket clients on `port`; `pids` are those whose time and memory count."""

    name: str
    port: int
    pids: list[int]
    path: str = "/chat?user=user{i}"
    secure: bool = False


def upstreams(stage: Stage) -> list[int]:
    """Echo servers behind nginx and HAProxy: as cheap as they can be, in C."""
    ports = [free_port() for _ in range(NODES)]
    process, _ = stage.start("upstreams", BEHIND, WORK / "wsecho", *ports)
    for port in ports:
        stage.listens(process, port)
    return ports


NGINX_TLS = " ssl; ssl_protocols TLSv1.3; ssl_certificate {0}/server.pem; ssl_certificate_key {0}/server.key"


def nginx(stage: Stage, behind: list[int], large: bool, certificates: Path | None = None) -> Candidate:
    """`certificates`: a folder of scripts/certificates; clients then come with wss."""
    name = "nginx 64k" if large else "nginx"
    folder = WORK / (name.replace(" ", "-") + ("-tls" if certificates else ""))
    folder.mkdir(exist_ok=True)
    port = free_port()
    servers = " ".join(f"server 127.0.0.1:{p};" for p in behind)
    (folder / "nginx.conf").write_text(NGINX.format(
        folder=folder, port=port, servers=servers, buffers=NGINX_BUFFERS if large else "",
        secure=NGINX_TLS.format(certificates) if certificates else ""))
    process, _ = stage.start(folder.name, UNDER_TEST, "nginx", "-p", folder, "-c", folder / "nginx.conf")
    stage.listens(process, port)
    return Candidate(name, port, family(process.pid), secure=certificates is not None)


def haproxy(stage: Stage, behind: list[int], large: bool, certificates: Path | None = None) -> Candidate:
    name = "HAProxy 64k" if large else "HAProxy"
    file = WORK / f"{name.replace(' ', '-')}{'-tls' if certificates else ''}.cfg"
    secure = ""
    if certificates:
        both = certificates / "haproxy.pem"
        both.write_text((certificates / "server.pem").read_text() + (certificates / "server.key").read_text())
        secure = f" ssl crt {both} ssl-min-ver TLSv1.3"
    port = free_port()
    servers = "\n".join(f"  server n{i} 127.0.0.1:{p}" for i, p in enumerate(behind))
    file.write_text(HAPROXY.format(port=port, servers=servers, buffers="tune.bufsize 65536" if large else "",
                                   secure=secure))
    process, _ = stage.start(file.stem, UNDER_TEST, "haproxy", "-db", "-f", file)
    stage.listens(process, port)
    return Candidate(name, port, family(process.pid), secure=certificates is not None)


class Cluster:
    """Redis and a registry of ours, shared by the gateway's and the node's comparison."""

    def __init__(self, stage: Stage):
        self.stage = stage
        port = free_port()
        redis, _ = stage.start("redis", BEHIND, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "")
        stage.listens(redis, port)
        self.redis = f"redis://127.0.0.1:{port}"
        _, ready = stage.start(
            "registry", BEHIND, RELEASE / "ringway-registry", "--port", 0, "--redis-url", self.redis, "--services",
            "chat,solo", ready=True)
        self.registry = ready["http"]
        self.has_nodes = False

    def node(self, name: str, service: str, core: int) -> tuple[int, dict]:
        process, ready = self.stage.start(
            name, core, RELEASE / "ringway-node", "--id", name, "--service", service, "--application", "echo",
            "--link-port", 0, "--port", 0, "--admin-port", 0, "--loops", 1, "--redis-url", self.redis, "--registry",
            f"http://{self.registry}", "--user-from", "query:user", "--log-level", "warning", ready=True)
        return process.pid, ready

    def gateway(self, certificates: Path | None = None) -> Candidate:
        """`certificates`: a folder of scripts/certificates; clients then come with wss."""
        for i in range(0 if self.has_nodes else NODES):
            self.node(f"echo-{i + 1}", "chat", BEHIND)
        self.has_nodes = True
        secure = certificates is not None
        files = ["--tls-cert", certificates / "server.pem", "--tls-key", certificates / "server.key"] if secure else []
        process, ready = self.stage.start(
            "gateway-tls" if secure else "gateway", UNDER_TEST, RELEASE / "ringway-gateway", "--port", 0, "--admin-port", 0, "--loops", 1,
            "--services", "chat", "--redis-url", self.redis, "--user-from", "query:user", "--log-level", "warning",
            *files, ready=True)
        self.wait(ready["data"], "chat", "https" if secure else "http")
        return Candidate("Ringway", int(ready["data"].rpartition(":")[2]), [process.pid], secure=secure)

    def single_node(self) -> Candidate:
        pid, ready = self.node("solo", "solo", UNDER_TEST)
        self.wait_ready(ready["admin"])
        return Candidate("Ringway", int(ready["direct"].rpartition(":")[2]), [pid], "/solo?user=user{i}")

    def wait(self, address: str, service: str, scheme: str = "http") -> None:
        """Until the gateway's ring has all nodes."""
        trusting = ssl._create_unverified_context() if scheme == "https" else None

        def complete() -> bool:
            with urllib.request.urlopen(f"http://{self.registry}/v1/services/{service}/ring", timeout=5) as answer:
                ring = json.load(answer)
            where = f"{scheme}://{address}/v1/services/{service}/where?user=x"
            with urllib.request.urlopen(where, timeout=5, context=trusting) as answer:
                return len(ring["nodes"]) == NODES and json.load(answer)["epoch"] == ring["epoch"]

        self.poll(complete, "the gateway holds the ring of all nodes")

    def wait_ready(self, address: str) -> None:
        def ready() -> bool:
            with urllib.request.urlopen(f"http://{address}/readyz", timeout=5) as answer:
                return answer.status == 200

        self.poll(ready, "the node is ready")

    @staticmethod
    def poll(condition, what: str, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(0.1)
        raise SystemExit(f"not within {seconds:g} s: {what}")


def uwebsockets(stage: Stage) -> Candidate:
    port = free_port()
    process, _ = stage.start("uwsecho", UNDER_TEST, WORK / "uwsecho", port)
    stage.listens(process, port)
    return Candidate("uWebSockets", port, [process.pid])


def c_echo(stage: Stage) -> Candidate:
    port = free_port()
    process, _ = stage.start("cecho", UNDER_TEST, WORK / "wsecho", port)
    stage.listens(process, port)
    return Candidate("C on epoll, unchecked", port, [process.pid])


def peers_library() -> Path | None:
    """The uWebSockets inside the socketify package; it is shipped for x86-64 only."""
    file = WORK / "peers" / "socketify" / "libsocketify_linux_amd64.so"
    return file if file.exists() and platform.machine() == "x86_64" else None
