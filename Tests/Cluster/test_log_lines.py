"""What others say never gets to write the log: no forged lines, no query strings, no storms, and no waiting for its reader."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os

from calls import raw, split
from cluster import Cluster
from rawsocket import RawSocket
from waiting import eventually, gathered

SECRET = "s3cr3t-t0ken"
TARGETS = [
    b"/chat?user=evil%0a%7b%22level%22%3a%22critical%22%7d", b"/chat?token=" + SECRET.encode(),
    b"/chat?user=\x1b[31mred", b"/chat?user=a\x00b", b"/chat?user=x\ty", b"/chat?user=%1b%5b31mred",
    b"/" + b"a" * 16_300, b"/chat?user=" + b"u" * 7_000, b"/chat?user=%e2%80%a8", b"/\xff\xfe",
    b"/chat?user=alice\nforged: line", b"//..//..//etc/passwd?" + SECRET.encode(),
]


async def test_nothing_in_a_request_gets_into_the_log(folder):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        node = cluster.nodes["node-1"]
        doors = (cluster.gateways[0].ready["data"], node.ready["direct"], node.ready["link"], node.ready["admin"],
                 cluster.gateways[0].ready["admin"])
        fields = f"Host: {SECRET}\r\nAuthorization: Bearer {SECRET}\r\n\r\n".encode()
        await gathered([
            raw(address, b"GET " + target + b" HTTP/1.1\r\n" + fields, 3) for address in doors for target in TARGETS])
        await cluster.user("after")
        for program in (cluster.gateways[0], node):
            text = program.log_path.read_bytes()
            assert SECRET.encode() not in text and b"forged: line" not in text and b"evil" not in text
            assert all(byte == 10 or 32 <= byte < 127 or byte >= 128 for byte in text), "a control byte in the log"
            for line in text.splitlines():
                assert len(line) < 8192
                assert json.loads(line)["level"] != "critical"


async def storm_of_bad_hellos(address: str, count: int) -> None:
    async def one():
        reader, writer = await asyncio.open_connection(*split(address))
        writer.write(b"\xff" * 64)
        try:
            await asyncio.wait_for(reader.read(), 10)
        except ConnectionError:
            pass
        writer.close()

    await gathered([one() for _ in range(count)], 50)


async def test_a_storm_of_one_kind_of_line_is_ten_lines_a_second_and_a_number(folder):
    async with Cluster(folder, nodes=1, gateways=1) as cluster:
        node = cluster.nodes["node-1"]
        await storm_of_bad_hellos(node.ready["link"], 600)

        def lines():
            return [json.loads(line) for line in node.log.splitlines() if "make no sense" in line]

        assert lines()
        by_second: dict[str, int] = {}
        for line in lines():
            by_second[line["time"][:19]] = by_second.get(line["time"][:19], 0) + 1
        assert max(by_second.values()) <= 10, by_second

        async def confessed():
            await storm_of_bad_hellos(node.ready["link"], 1)
            return any("suppressed" in line for line in lines())

        await eventually(confessed, "the next second's line tells how many were not written")
        metrics = await cluster.metrics(node)
        assert metrics.value("ringway_log_lines_suppressed_total") + len(lines()) >= 601


async def test_a_log_that_nobody_reads_costs_lines_and_nobody_anything_else(folder):
    async with Cluster(folder, nodes=0, gateways=1) as cluster:
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        node = await cluster.add_node("node-1", "--log-buffer", "4KiB", stderr=writing)
        os.close(writing)
        await cluster.settled({"node-1"})
        left, right = await cluster.user("left"), await cluster.user("right")

        async def dropped():
            await storm_of_bad_hellos(node.ready["link"], 20)
            return (await cluster.metrics(node)).value("ringway_log_lines_dropped_total") > 20

        await eventually(dropped, "lines are dropped and counted", 40)
        assert (await left.say("right", "nobody notices"))["status"] == "delivered"
        late = await cluster.user("late")
        await late.alive()
        # Somebody reads at last: what was kept, then the confession, then new lines again.
        text = bytearray()
        os.set_blocking(reading, False)

        def read() -> bytearray:
            try:
                while chunk := os.read(reading, 65536):
                    text.extend(chunk)
            except BlockingIOError:
                pass
            return text

        await eventually(lambda: b'"dropped":' in read(), "the log confesses")
        end = len(read())

        async def written():
            await storm_of_bad_hellos(node.ready["link"], 1)
            return len(read()) > end

        await eventually(written, "new lines are written again")
        assert all(json.loads(line) for line in bytes(text).splitlines() if line.endswith(b"}"))
        for user in (left, right, late):
            await user.leave()
        await node.stop()
        os.close(reading)
