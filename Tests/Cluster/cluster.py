"""A whole cluster on this machine: its own redis-server, registry, gateways and nodes, ports chosen by the kernel."""

from __future__ import annotations

import asyncio
from pathlib import Path

import ring as ring_v1
from calls import Answer, call, escaped
from metrics import Metrics, scrape
from programs import Program
from redis_server import RedisServer
from users import User
from waiting import eventually


class NoRing(LookupError):
    """Redis holds no ring of this service (yet)."""


class Cluster:
    """`async with Cluster(folder, nodes=3, gateways=2) as cluster:`; leaving it stops everything and checks every log.

    Nodes are called node-1, node-2, …; gateways gateway-1, …  Sessions are cut within `close_over_ms` when a ring
    changes (the product's default is 10 s), so that a test ends soon; leases are the product's default.
    """

    def __init__(
        self, folder: Path, *, nodes: int = 3, gateways: int = 2, services: tuple[str, ...] = ("chat",),
        settings: dict | None = None, registry_options: tuple = (), gateway_options: tuple = (),
        node_options: tuple = (), redis: RedisServer | None = None, redis_url: str | None = None,
        prefix: str = "ringway", token: str | None = None, suspicions: bool = False,
    ):
        """`suspicions`: gateways tell the registry of nodes whose links end."""
        self.folder, self.services, self.prefix = folder, services, prefix
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.first_nodes, self.first_gateways, self.suspicions = nodes, gateways, suspicions
        self.settings = {"close_over_ms": 500, **(settings or {})}
        self.options = {"registry": registry_options, "gateway": gateway_options, "node": node_options}
        self.redis = redis or RedisServer(folder / "redis")
        self.redis_url = redis_url or self.redis.url
        self.registry: Program | None = None
        self.gateways: list[Program] = []
        self.nodes: dict[str, Program] = {}
        self.users: list[User] = []
        self.is_settled = False

    # -- life

    async def __aenter__(self) -> "Cluster":
        try:
            await self.redis.start()
            await self.start_registry()
            for service in self.services:
                await eventually(lambda: self.configure(service), f"{service} has its settings")
            await asyncio.gather(
                *(self.add_node(f"node-{i + 1}") for i in range(self.first_nodes)),
                *(self.add_gateway(f"gateway-{i + 1}") for i in range(self.first_gateways)))
            if self.first_nodes:
                await self.settled(set(self.nodes))
                self.is_settled = True
            return self
        except BaseException:
            await self.abandon()
            raise

    async def __aexit__(self, kind, *_) -> None:
        if kind is not None:
            await self.abandon()
            return
        for user in self.users:
            await user.leave()
        try:
            await asyncio.gather(*(gateway.stop() for gateway in self.gateways))
            await asyncio.gather(*(node.stop() for node in self.nodes.values()))
            await self.registry.stop()
            await self.redis.stop()
            for program in self.programs:
                program.check_log()
        except BaseException:
            await self.abandon()
            raise

    @property
    def programs(self) -> list[Program]:
        return [p for p in [self.registry, *self.gateways, *self.nodes.values()] if p]

    async def abandon(self) -> None:
        """After a failure: shows what everybody logged last, and leaves nothing running."""
        for program in self.programs:
            state = "running" if program.running else f"ended {program.process and program.process.returncode}"
            print(f"{program.tail()}\n    ({state})")
        for user in self.users:
            user.drop()
        for program in self.programs:
            await program.kill()
        await self.redis.kill()

    # -- processes

    def common(self, *without: str) -> list[str]:
        options = {"--redis-url": self.redis_url, "--prefix": self.prefix, "--log-level": "debug"}
        return [part for name, value in options.items() if name not in without for part in (name, value)]

    async def start_registry(self, port: int = 0, wait: bool = True) -> Program:
        self.registry = Program(
            self.folder, "ringway-registry", "--port", port, "--services", ",".join(self.services), *self.common(),
            *self.options["registry"], name="registry")
        await self.registry.spawn()
        return await self.registry.wait_ready() if wait else self.registry

    async def add_gateway(self, name: str, *options, port: int = 0, **more) -> Program:
        """Starts a gateway with further options; `more` is what `Program` takes."""
        gateway = Program(
            self.folder, "ringway-gateway", "--id", name, "--port", port, "--admin-port", 0, "--services",
            ",".join(self.services), "--loops", 2, *self.common(),
            *(("--registry", f"http://{self.registry_address}") if self.suspicions else ()),
            *self.options["gateway"], *options, name=name, **more)
        self.gateways.append(gateway)
        await gateway.start()
        if self.is_settled:
            # A gateway listens before it holds a ring; who comes that early is told to come back.
            await eventually(lambda: self.is_ready(gateway), f"{name} holds every ring")
        return gateway

    async def is_ready(self, program: Program) -> bool:
        return (await call("GET", program.ready["admin"], "/readyz")).status == 200

    async def add_node(
        self, name: str, *options, service: str = "chat", wait: bool = True, label: str | None = None,
        link_port: int = 0, **more,
    ) -> Program:
        """Starts a node. `label` names its log and its place in `nodes` where the id alone does not tell it apart;
        `more` is what `Program` takes."""
        label = label or (name if service == "chat" else f"{service}-{name}")
        node = Program(
            self.folder, "ringway-node", "--id", name, "--service", service, "--link-port", link_port, "--port", 0,
            "--admin-port", 0, "--registry", f"http://{self.registry_address}",
            "--loops", 2, "--drain-over", "300ms", *self.common(), *self.options["node"], *options,
            name=label, **more)
        self.nodes[label] = node
        await node.spawn()
        return await node.wait_ready() if wait else node

    async def configure(self, service: str) -> bool:
        """Gives the service its settings; False while the registry has not read Redis yet."""
        answer = await self.api("PUT", f"/v1/services/{service}/settings", self.settings)
        assert answer.status in (200, 503), answer
        return answer.status == 200

    @property
    def registry_address(self) -> str:
        return self.registry.ready["http"]

    # -- what it says

    async def api(self, method: str, path: str, body=None) -> Answer:
        return await call(method, self.registry_address, path, body, self.headers)

    async def ring(self, service: str = "chat") -> ring_v1.Ring:
        """The ring that Redis holds, read and checked by the tests' own reader."""
        document = await self.redis.command("HGET", f"{self.prefix}:{{{service}}}:ring", "document")
        if not document:
            raise NoRing(f"no ring of {service} in Redis")
        return ring_v1.parse(document, service)

    async def api_nodes(self, service: str = "chat") -> dict[str, dict]:
        """The registry's own list of nodes, by id."""
        answer = await self.api("GET", f"/v1/services/{service}/nodes")
        assert answer.status == 200, answer
        return {node["id"]: node for node in answer.json["nodes"]}

    async def where(self, gateway: int | Program, user: str | bytes, service: str = "chat") -> Answer:
        address = (self.gateways[gateway] if isinstance(gateway, int) else gateway).ready["data"]
        return await call("GET", address, f"/v1/services/{service}/where?user={escaped(user)}")

    async def metrics(self, program: Program) -> Metrics:
        return await scrape(program.ready.get("admin") or program.ready["http"])

    async def epochs(self, service: str = "chat") -> dict[str, int]:
        """The epoch that every running gateway and every running node of the service holds."""
        programs = [*self.gateways, *(n for n in self.nodes.values() if service in n.arguments)]
        alive = [p for p in programs if p.running and p.ready]
        scrapes = await asyncio.gather(*(self.metrics(p) for p in alive))
        return {p.name: int(m.value("ringway_ring_epoch", service=service)) for p, m in zip(alive, scrapes)}

    async def settled(
        self, owners: set[str], service: str = "chat", seconds: float = 10, above: int = 0
    ) -> ring_v1.Ring:
        """Waits until Redis holds a ring with exactly these owners and everybody has adopted that very epoch."""

        async def agreed():
            now = await self.ring(service)
            if now.owners != owners or now.epoch <= above:
                return None
            return now if set((await self.epochs(service)).values()) <= {now.epoch} else None

        try:
            return await eventually(agreed, f"everybody holds the ring of {sorted(owners)}", seconds)
        except AssertionError as late:
            stored = await self.redis.fields(f"{self.prefix}:{{{service}}}:ring")
            raise AssertionError(f"{late}; Redis: {stored}, held: {await self.epochs(service)}") from None

    # -- users

    async def user(self, name: str | bytes, gateway: int = 0, service: str = "chat", **options) -> User:
        """A user who comes through a gateway; has been welcomed when this returns."""
        address = self.gateways[gateway].ready["data"]
        user = await User.open(f"ws://{address}/{service}?user={escaped(name)}", name, **options)
        self.users.append(user)
        return user

    async def direct(self, name: str | bytes, url: str, **options) -> User:
        """A user who opens the url that `where` named, on the node itself."""
        user = await User.open(f"{url}?user={escaped(name)}", name, **options)
        self.users.append(user)
        return user
