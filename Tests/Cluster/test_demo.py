"""`ringway demo`, small: real processes, a table, a verdict, a history that agrees with both, a picture."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from programs import run

QUICK = ("--quiet", 1, "--window", 6, "--close-over", 500)


@pytest.mark.deadline(180)
async def test_a_small_demo_ends_with_a_table_and_a_kept_promise(folder):
    history, plot = folder / "history.jsonl", folder / "plot.svg"
    code, out, err = await run(
        "ringway", "demo", "--users", 50, "--rate", 4, "--seed", 1, "--plans", "b", "--events", "join,kill", *QUICK,
        "--history", history, "--plot", plot, seconds=120, env={"XDG_RUNTIME_DIR": str(folder)})
    assert code == 0, f"{out}\n{err}"
    assert "plan B (reconnect-moved), class fast, 50 users, seed 1" in out
    assert re.search(r"checker: the promise of fast was kept for all \d+ messages", out), out
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.startswith(("join", "kill", "between"))}
    assert set(rows) == {"join", "kill", "between"}

    events = [json.loads(line) for line in history.read_text().splitlines()]
    sent = {(e["sent"], e["n"]) for e in events if "sent" in e}
    told = {(e["told"], e["n"]) for e in events if "told" in e}
    assert len(sent) > 50 * 4 * 10 and sent == told
    phase, closed = None, {}
    for event in events:
        phase = event.get("phase", phase)
        if "closed" in event:
            closed[phase] = closed.get(phase, 0) + 1
    # A third of the users was on the node that died; those who moved to the new one were closed.
    assert closed.get("kill", 0) > 0 and closed.get("join", 0) > 0
    assert [int(rows["join"][2]), int(rows["kill"][2])] == [closed["join"], closed["kill"]]
    assert rows["join"][-1] == "0" and rows["kill"][-1] == "0", "somebody is not where the ring says"

    picture = ElementTree.parse(plot).getroot()
    assert picture.tag.endswith("svg")
    marks = [e.text for e in picture.iter() if e.tag.endswith("text")]
    assert {"join", "kill"} <= set(marks)


async def test_a_demo_says_what_it_cannot_do_before_it_starts_anything():
    for arguments, words in ((("--users", 1), "2…20000"), (("--plans", "z"), "none of a, b, c"),
                             (("--events", "rain"), "none of join"), (("--class", "solid"), "fast or reliable")):
        code, _, err = await run("ringway", "demo", *arguments)
        assert code == 64 and words in err, err
