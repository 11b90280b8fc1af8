"""The secrets of a test's cluster, and what to do with them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

from cluster import Cluster

NODES = "/v1/services/chat/nodes"


class Trust:
    """The files of one cluster's secrets, and everything that may stand in no log."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.secret, self.other = os.urandom(24).hex(), os.urandom(24).hex()
        self.token, self.chat_token, self.game_token = (os.urandom(24).hex() for _ in range(3))
        self.link_file = self.write("link-secret", self.secret)
        self.other_file = self.write("other-secret", self.other)
        self.token_file = self.write(
            "tokens", self.token, f"chat:{self.chat_token}", f"game:{self.game_token}")
        self.wrong_token_file = self.write("wrong-token", os.urandom(24).hex())

    def write(self, name: str, *lines: str) -> str:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    @property
    def secrets(self) -> list[str]:
        files = [path.read_text() for path in self.folder.iterdir()]
        return [line.rpartition(":")[2] for text in files for line in text.split()]

    def cluster(self, **options) -> Cluster:
        link = ("--link-secret-file", self.link_file)
        return Cluster(
            self.folder.parent, registry_options=(*link, "--token-file", self.token_file), gateway_options=link,
            node_options=(*link, "--registry-token-file", self.token_file), token=self.token, **options)

    def bearer(self, token: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.token}"}


@contextmanager
def instead(cluster: Cluster, role: str, *options: str):
    """What is started meanwhile in this role gets these options, and not those of the cluster."""
    own, cluster.options[role] = cluster.options[role], options
    try:
        yield
    finally:
        cluster.options[role] = own


def no_secret_in(cluster: Cluster, *secrets: str) -> None:
    for program in cluster.programs:
        for secret in secrets:
            assert secret not in program.log, f"{program.name} logged a secret"


def up(nodes: dict[str, dict]) -> set[str]:
    return {name for name, node in nodes.items() if node["state"] == "up"}
