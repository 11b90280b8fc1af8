"""The tests' own Ring v1 against the specification's vectors: who checks others must be right first."""

from __future__ import annotations

import json

import pytest
import xxhash

import ring as ring_v1
from programs import ROOT

RING_A = (
    '{"digest":"ed98aa2fa8dd91f3","epoch":1,"hash":"xxh64","nodes":[{"id":"ws-1","zone":"a"},{"id":"ws-2","zone":"a"},'
    '{"id":"ws-3","zone":"b"}],"points":12,"service":"chat","table":"064aae9bac5e5fe0","v":1,"vnodes":4}'
).encode()


def test_digests_and_hashes_are_those_of_the_specification():
    assert ring_v1.digest(b"") == "ef46db3751d8e999" and ring_v1.digest(b"abc") == "44bc2cf5ad770999"
    assert f"{xxhash.xxh64_intdigest('用户-42'.encode()):016x}" == "9f4ac50261de3239"
    assert [ring_v1.point_count(w, 160) for w in (0, 1, 99, 100, 150)] == [0, 2, 158, 160, 240]
    assert [ring_v1.point_count(w, 3) for w in (1, 50, 100)] == [1, 2, 3]


def test_ring_a_is_read_and_names_the_owners_of_the_specification():
    ring = ring_v1.parse(RING_A, "chat")
    assert ring.table[0] == (0x098D331C5832D430, "ws-3") and len(ring.table) == 12
    owners = {"user-1001": "ws-1", "10086": "ws-2", "用户-42": "ws-3", "room-1": "ws-3", "josé": "ws-2",
              "jose\u0301": "ws-3"}
    assert {user: ring.owner(user) for user in owners} == owners


def test_a_bigger_ring_has_the_table_of_the_specification():
    nodes = [{"id": f"ws-{i}"} for i in range(1, 11)]
    assert ring_v1.table_digest(ring_v1.table_of(nodes, 160, 0)) == "ced5541fe429b337"
    nodes.append({"id": "ws-11"})
    table = ring_v1.table_of(nodes, 160, 0)
    assert (len(table), ring_v1.table_digest(table)) == (1760, "292a54cadc99eeb8")
    assert ring_v1.table_digest([]) == "ef46db3751d8e999"


@pytest.mark.parametrize("change", [b'"epoch":1', b'"points":12', b'"v":1', b'"vnodes":4'])
def test_one_changed_byte_is_noticed(change):
    with pytest.raises(ring_v1.InvalidDocument):
        ring_v1.parse(RING_A.replace(change, change[:-1] + b"3"), "chat")


def test_a_forgery_is_sealed_as_the_real_thing():
    ring = ring_v1.parse(RING_A, "chat")
    again = ring_v1.parse(ring_v1.forge(ring, epoch=2), "chat")
    assert (again.epoch, again.table) == (2, ring.table)
    with pytest.raises(ring_v1.InvalidDocument):
        ring_v1.parse(ring_v1.forge(ring), "game")


def test_every_document_of_the_vectors_gives_the_same_table_and_owners():
    files = list((ROOT / "Tests").glob("*/**/vectors_v1.json"))
    assert files, "the vectors are not in the repository"
    vectors = json.loads(files[0].read_text())
    assert len(vectors["docs"]) > 10
    for name, case in vectors["docs"].items():
        ring = ring_v1.parse(case["sealed"].encode(), case["body"]["service"])
        assert (ring_v1.table_digest(ring.table), len(ring.table)) == (case["table"], case["points"]), name
        for vector in case["owners"]:
            if "uid" in vector:
                assert ring.owner(vector["uid"]) == vector["owner"], (name, vector)
