"""Frames at both doors: what ends a WebSocket, with which code, and how soon; and what does not."""

from __future__ import annotations

import asyncio
import signal
import struct
import time

import pytest

from cluster import Cluster
from waiting import SLOWNESS
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Ended, Wire

ECHO = ("--application", "echo")
CLUSTER = {"nodes": 1, "gateways": 1, "node_options": ECHO}
both = pytest.mark.parametrize("door", ["gateway", "node"])

frame = Wire.frame


def address(cluster, door: str, node: str = "node-1") -> str:
    return cluster.gateways[0].ready["data"] if door == "gateway" else cluster.nodes[node].ready["direct"]


async def code_after(cluster, door: str, *sent: bytes) -> int:
    """Sends the bytes and answers the close code; the connection must end at once, with nothing but that frame."""
    async with await Wire.open(address(cluster, door)) as wire:
        wire.send(*sent)
        code, reason, took = await wire.closed()
        assert took < 2 * SLOWNESS, f"closed {took:.3f} s after the close frame"
        assert len(reason) <= 123 and reason.decode("utf-8") is not None
        return code


async def echoed(wire: Wire, opcode: int, payload: bytes) -> None:
    """Sends a message and reads it back, which proves that the WebSocket is as good as new."""
    wire.send(frame(opcode, payload))
    answer = await wire.next()
    assert (answer.first, answer.payload, answer.masked) == (0x80 | opcode, payload, False)


# -- the frame itself

BROKEN = {
    "no mask": frame(TEXT, b"hi", mask=None),
    "no mask on a ping": frame(PING, b"hi", mask=None),
    "no mask on a close": frame(CLOSE, b"\x03\xe8", mask=None),
    **{f"reserved bits {bits:03b}": frame(TEXT, b"hi", reserved=bits) for bits in range(1, 8)},
    "a reserved bit on a ping": frame(PING, b"hi", reserved=4),
    "a reserved bit on a continuation": frame(TEXT, b"a", final=False) + frame(CONTINUATION, b"b", reserved=4),
    **{f"opcode {code}": frame(code, b"hi") for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "opcode 3 between fragments": frame(TEXT, b"a", final=False) + frame(3, b"b"),
    **{f"fragmented control frame {code}": frame(code, final=False) for code in (CLOSE, PING, PONG)},
    **{f"control frame {code} of 126 bytes": frame(code, bytes(126)) for code in (CLOSE, PING, PONG)},
    "control frame of 64 bit length": frame(PING, b"hi", wide=64),
    "a continuation of nothing": frame(CONTINUATION, b"hi"),
    "a continuation behind a whole message": frame(TEXT, b"hi") + frame(CONTINUATION, b"more"),
    "a text inside a text": frame(TEXT, b"a", final=False) + frame(TEXT, b"b"),
    "a binary inside a text": frame(TEXT, b"a", final=False) + frame(BINARY, b"b", final=False),
    "5 bytes in a 16 bit length": frame(TEXT, b"hello", wide=16),
    "200 bytes in a 64 bit length": frame(TEXT, b"x" * 200, wide=64),
    "the highest bit of a length": frame(BINARY, announced=1 << 63, wide=64),
}


@both
@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
async def test_a_broken_frame_ends_it_with_1002(shared, door, sent):
    async with await Wire.open(address(shared, door)) as wire:
        wire.send(sent)
        while (answer := await wire.next()).opcode in (TEXT, BINARY):
            pass
        assert answer.code == 1002, answer
        with pytest.raises(Ended):
            await wire.next(1)


@both
async def test_what_was_said_before_a_broken_frame_is_still_answered(shared, door):
    for _ in range(20):
        async with await Wire.open(address(shared, door)) as wire:
            wire.send(frame(TEXT, b"one") + frame(BINARY, b"two") + frame(TEXT, b"hi", reserved=4) + frame(TEXT, b"x"))
            assert [(await wire.next()).payload for _ in range(2)] == [b"one", b"two"]
            assert (await wire.next()).code == 1002


async def test_a_node_that_answers_nothing_keeps_no_broken_client_in(shared):
    async with await Wire.open(address(shared, "gateway")) as wire:
        await shared.nodes["node-1"].freeze()
        try:
            begun = time.monotonic()
            wire.send(frame(TEXT, b"hi") + frame(TEXT, b"hi", mask=None))
            code, _, _ = await wire.closed()
            assert code == 1002 and time.monotonic() - begun < 4 * SLOWNESS
        finally:
            shared.nodes["node-1"].signal(signal.SIGCONT)


@both
async def test_two_bytes_are_enough_to_see_that_a_frame_is_broken(shared, door):
    for start in (b"\xb1\x85", b"\x83\x85", b"\x81\x05", b"\x09\x80", b"\x89\xfe"):
        assert await code_after(shared, door, start) == 1002, start


# -- control frames

@both
async def test_pings_are_answered_between_fragments_and_pongs_are_not(shared, door):
    async with await Wire.open(address(shared, door)) as wire:
        wire.send(frame(TEXT, b"one, ", final=False), frame(PING, b"\x00\xff" * 62), frame(PONG, b"unasked"))
        answer = await wire.next()
        assert (answer.first, answer.payload) == (0x80 | PONG, b"\x00\xff" * 62)
        wire.send(frame(CONTINUATION, b"", final=False), frame(PING), frame(CONTINUATION, b"two"))
        assert (await wire.next()).opcode == PONG
        answer = await wire.next()
        assert (answer.first, answer.payload) == (0x80 | TEXT, b"one, two")


@both
async def test_fifty_control_frames_a_second_are_answered_and_one_more_ends_it_with_1008(shared, door):
    async with await Wire.open(address(shared, door)) as wire:
        wire.send(*(frame(PING, b"%d" % i) for i in range(50)))
        for i in range(50):
            assert (await wire.next()).payload == b"%d" % i
        await asyncio.sleep(1.1)
        wire.send(*(frame(PONG) for _ in range(50)))
        await echoed(wire, TEXT, b"still here")
    assert await code_after(shared, door, *(frame(PING) for _ in range(51))) == 1008
    assert await code_after(shared, door, *(frame(PONG) for _ in range(51))) == 1008


# -- UTF-8

# The last byte of each is the first that cannot be right.
BAD_TEXTS = [
    b"\x80", b"\xbf", b"\xc0", b"\xc1", b"\xf5", b"\xfe", b"\xff", b"ok \xc2\x20", b"\xdf\xc0", b"\xe0\x80", b"\xe0\x9f",
    b"\xe2\x28", b"\xe2\x82\x28", b"\xed\xa0", b"\xed\xbf", b"\xef\xbf\xc0", b"\xf0\x80", b"\xf0\x8f", b"\xf0\x9f\x28",
    b"\xf0\x9f\x98\x28", b"\xf4\x90", b"\xf4\x8f\xbf\xff", b"x" * 1000 + b"\xff", "κόσμε".encode() + b"\xed\xa0",
]
GOOD_TEXTS = [
    "", "\0", "a" * 7 + "é", "κόσμε", "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff", "\U00010000\U0010ffff", "\ufeff",
]


@both
@pytest.mark.parametrize("text", BAD_TEXTS, ids=[t[-6:].hex() for t in BAD_TEXTS])
async def test_text_ends_at_the_first_byte_that_cannot_be_right_in_the_middle_of_its_frame(shared, door, text):
    # The frame announces more than it brings: whoever waits for the rest waits for ever.
    async with await Wire.open(address(shared, door)) as wire:
        whole = frame(TEXT, text, announced=len(text) + 1000)
        wire.send(whole[:-1])
        with pytest.raises(asyncio.TimeoutError):
            await wire.next(0.03 / SLOWNESS)
        wire.send(whole[-1:])
        code, _, took = await wire.closed()
        assert code == 1007 and took < 2 * SLOWNESS
    cut = frame(TEXT, text[:-1], final=False) + frame(CONTINUATION, text[-1:], announced=100)
    assert await code_after(shared, door, cut) == 1007


@both
async def test_a_text_that_ends_within_a_character_ends_it_with_1007(shared, door):
    for part in (b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"fine \xe2"):
        assert await code_after(shared, door, frame(TEXT, part)) == 1007
        assert await code_after(shared, door, frame(TEXT, part, final=False) + frame(CONTINUATION)) == 1007


@both
async def test_good_text_comes_back_however_it_is_cut_and_binary_may_hold_anything(shared, door):
    async with await Wire.open(address(shared, door)) as wire:
        for text in GOOD_TEXTS:
            data = text.encode()
            await echoed(wire, TEXT, data)
            for cut in range(len(data) + 1):
                wire.send(frame(TEXT, data[:cut], final=False), frame(CONTINUATION, data[cut:]))
                assert (await wire.next()).payload == data
        for text in BAD_TEXTS:
            await echoed(wire, BINARY, text)


# -- closing

VALID = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4499, 4500, 4999]
INVALID = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


@both
async def test_a_close_code_is_echoed_or_answered_with_1002_if_it_may_not_be_sent(shared, door):
    for code in VALID:
        assert await code_after(shared, door, Wire.close_frame(code, "bye é".encode())) == code
    for code in INVALID:
        assert await code_after(shared, door, Wire.close_frame(code)) == 1002, code


@both
async def test_a_close_payload_is_nothing_or_a_code_and_a_reason_in_utf_8(shared, door):
    assert await code_after(shared, door, frame(CLOSE)) == 1005
    assert await code_after(shared, door, frame(CLOSE, b"\x03")) == 1002
    assert await code_after(shared, door, Wire.close_frame(1000, b"r" * 123)) == 1000
    assert await code_after(shared, door, Wire.close_frame(1000, b"r" * 124)) == 1002
    for text in (b"\xff", b"bye \xc3", b"\xed\xa0\x80"):
        assert await code_after(shared, door, Wire.close_frame(1000, text)) == 1007


@both
async def test_nothing_counts_behind_a_close_frame(shared, door):
    sent = (frame(TEXT, b"before"), Wire.close_frame(1000), frame(TEXT, b"after"), b"\xff\xff\xff\xff")
    async with await Wire.open(address(shared, door)) as wire:
        wire.send(*sent)
        frames = []
        with pytest.raises(Ended):
            while True:
                frames.append(await wire.next())
        assert [f.code for f in frames if f.opcode == CLOSE] == [1000]
        assert all(f.payload != b"after" for f in frames)


async def test_who_does_not_answer_a_close_frame_is_cut_after_five_seconds(folder):
    async with Cluster(folder, nodes=2, gateways=1) as cluster:
        ring = await cluster.ring()
        user = next(f"u{i}" for i in range(1000) if ring.owner(f"u{i}") == "node-2")

        async def wait_for_the_end(door: str) -> None:
            async with await Wire.open(address(cluster, door, "node-2"), user=user) as wire:
                await wire.json()
                ready.release()
                assert await wire.closed_by(15) in (4001, 4002)
                begun = time.monotonic()
                # Signs of life gain no time, and are not answered by messages.
                wire.send(frame(PING, b"?"), frame(TEXT, b"{}"))
                with pytest.raises((Ended, ConnectionError)):
                    while (await wire.next(9)).opcode == PONG:
                        pass
                assert 4.5 < time.monotonic() - begun < 9 * SLOWNESS

        ready = asyncio.Semaphore(0)
        waiting = [asyncio.create_task(wait_for_the_end(door)) for door in ("gateway", "node")]
        await ready.acquire()
        await ready.acquire()
        assert (await cluster.api("POST", "/v1/services/chat/nodes/node-2/drain")).status == 202
        await asyncio.gather(*waiting)


# -- byte by byte

@both
async def test_everything_works_in_packets_of_one_byte(shared, door):
    async with await Wire.open(address(shared, door)) as wire:
        text = "κόσμε 𝄞".encode()
        await wire.trickle(
            frame(TEXT, text[:5], final=False) + frame(PING, b"now") + frame(CONTINUATION, text[5:])
            + frame(BINARY, bytes(range(200))) + Wire.close_frame(4321, "bye é".encode()))
        found = [await wire.next() for _ in range(4)]
        assert [f.opcode for f in found] == [PONG, TEXT, BINARY, CLOSE]
        assert (found[0].payload, found[1].payload, found[2].payload) == (b"now", text, bytes(range(200)))
        assert found[3].code == 4321 and found[3].payload[2:] == "bye é".encode()


@both
async def test_broken_frames_are_found_in_packets_of_one_byte_too(shared, door):
    for sent, code in ((BROKEN["reserved bits 100"], 1002), (frame(TEXT, b"ok \xff"), 1007),
                       (Wire.close_frame(1005), 1002)):
        async with await Wire.open(address(shared, door)) as wire:
            await wire.trickle(sent)
            assert await wire.closed_by() == code


# -- limits

@both
async def test_a_message_of_a_mebibyte_passes_and_a_longer_one_is_1009_before_it_comes(shared, door):
    async with await Wire.open(address(shared, door)) as wire:
        await echoed(wire, BINARY, bytes(1 << 20))
    assert await code_after(shared, door, frame(BINARY, announced=(1 << 20) + 1)) == 1009
    assert await code_after(shared, door, frame(TEXT, announced=(1 << 63) - 1)) == 1009
    begun = frame(BINARY, bytes(1 << 19), final=False)
    assert await code_after(shared, door, begun, frame(CONTINUATION, announced=(1 << 19) + 1)) == 1009


@both
async def test_a_message_of_1024_frames_passes_and_one_frame_more_is_1008(shared, door):
    parts = [frame(TEXT, b"x", final=False)] + [frame(CONTINUATION, b"x", final=False)] * 1022
    async with await Wire.open(address(shared, door)) as wire:
        wire.send(*parts, frame(CONTINUATION, b"x"))
        assert (await wire.next()).payload == b"x" * 1024
    assert await code_after(shared, door, *parts, frame(CONTINUATION, final=False), frame(CONTINUATION)) == 1008


async def test_a_silent_client_is_pinged_and_then_closed_with_4008(folder):
    limits = ("--ping-after", "400ms", "--pong-within", "2s")
    async with Cluster(folder, nodes=1, gateways=1, gateway_options=limits, node_options=(*ECHO, *limits)) as cluster:
        for door in ("gateway", "node"):
            async with await Wire.open(address(cluster, door)) as wire:
                begun = time.monotonic()
                for _ in range(3):
                    ping = await wire.next()
                    assert ping.first == 0x80 | PING
                    wire.send(frame(PONG, ping.payload))
                assert time.monotonic() - begun > 1.0
                assert (await wire.next()).opcode == PING
                code, _, _ = await wire.closed()
                assert code == 4008 and time.monotonic() - begun < 12 * SLOWNESS


async def test_a_stopped_process_loses_no_frame_of_what_waits_for_it(shared):
    async with await Wire.open(address(shared, "gateway")) as wire:
        node = shared.nodes["node-1"]
        await node.freeze()
        wire.send(*(frame(BINARY, struct.pack("!I", i) * 200) for i in range(300)))
        await asyncio.sleep(0.1)
        node.signal(signal.SIGCONT)
        for i in range(300):
            assert (await wire.next()).payload == struct.pack("!I", i) * 200
