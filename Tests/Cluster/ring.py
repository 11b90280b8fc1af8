"""Ring v1, written a second time from its specification (docs/ring.md), so that a test never
asks the program under test what the right answer is.

Only what a reader needs: the document and its seal, the points, the owner of a user. The hash is PyPI's xxhash.
"""

from __future__ import annotations

import bisect
import json
from dataclasses import dataclass, field

import xxhash

HEAD = b'{"digest":"'
LIMIT = 4 * 1024 * 1024


class InvalidDocument(Exception):
    """The bytes are not a Ring v1 document."""


def digest(data: bytes) -> str:
    """D of the specification: XXH64 with seed 0, as 16 lowercase hex digits."""
    return xxhash.xxh64_hexdigest(data, seed=0)


def seal(members: dict) -> bytes:
    """The document's bytes: the digest of everything behind its comma comes first."""
    body = json.dumps(members, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode()
    rest = body[1:]
    return HEAD + digest(rest).encode() + b'",' + rest


def point_count(weight: int, vnodes: int) -> int:
    """How many points a node has; depends on nothing but the node itself and `vnodes`."""
    return max(1, (weight * vnodes + 50) // 100) if weight > 0 else 0


def table_of(nodes: list[dict], vnodes: int, seed: int) -> list[tuple[int, str]]:
    """All points ascending; of equal points the one of the smallest id (in byte order) stays."""
    points: dict[int, str] = {}
    for node in nodes:
        key = node.get("key", node["id"])
        for index in range(point_count(node.get("weight", 100), vnodes)):
            point = xxhash.xxh64_intdigest(f"{key}#{index}".encode(), seed=seed)
            other = points.get(point)
            if other is None or node["id"].encode() < other.encode():
                points[point] = node["id"]
    return sorted(points.items())


def table_digest(table: list[tuple[int, str]]) -> str:
    """The digest over the table's text form: one line per entry."""
    return digest("".join(f"{point:016x} {node}\n" for point, node in table).encode())


@dataclass
class Ring:
    """One adopted document: who owns whom."""

    members: dict
    digest: str
    table: list[tuple[int, str]]
    points: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.points = [point for point, _ in self.table]

    @property
    def epoch(self) -> int:
        return self.members["epoch"]

    @property
    def service(self) -> str:
        return self.members["service"]

    @property
    def nodes(self) -> dict[str, dict]:
        return {node["id"]: node for node in self.members["nodes"]}

    @property
    def owners(self) -> set[str]:
        """The nodes that have points (a draining node has none)."""
        return {node for _, node in self.table}

    def position(self, user: str | bytes) -> int:
        data = user.encode() if isinstance(user, str) else user
        return xxhash.xxh64_intdigest(data, seed=int(self.members.get("seed", "0"), 16))

    def owner(self, user: str | bytes) -> str | None:
        """The node of the first point at or above the user's position, around the end if there is none."""
        if not self.table:
            return None
        index = bisect.bisect_left(self.points, self.position(user))
        return self.table[index % len(self.table)][1]


def parse(data: bytes, service: str) -> Ring:
    """Reads and checks a document; what Ring v1 section 3 refuses raises `InvalidDocument`."""
    if len(data) > LIMIT:
        raise InvalidDocument("over 4 MiB")
    if data[:11] != HEAD or data[27:29] != b'",':
        raise InvalidDocument("does not start with its digest")
    if data[11:27].decode("ascii", "replace") != digest(data[29:]):
        raise InvalidDocument("digest does not match")
    members = json.loads(data)
    if members["v"] != 1 or members["hash"] != "xxh64":
        raise InvalidDocument("unknown version or hash")
    if members["service"] != service:
        raise InvalidDocument("another service")
    table = table_of(members["nodes"], members["vnodes"], int(members.get("seed", "0"), 16))
    if members["points"] != len(table) or members["table"] != table_digest(table):
        raise InvalidDocument("table does not match")
    return Ring(members, members["digest"], table)


def forge(ring: Ring, **changes) -> bytes:
    """A correctly sealed document with other members: what somebody could write who knows the format."""
    members = {key: value for key, value in ring.members.items() if key != "digest"}
    members.update(changes)
    if "points" not in changes and "table" not in changes:
        table = table_of(members["nodes"], members["vnodes"], int(members.get("seed", "0"), 16))
        members["points"], members["table"] = len(table), table_digest(table)
    return seal(members)
