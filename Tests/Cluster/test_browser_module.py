"""The browser module in a real browser, against a server that follows a script (Tests/Web)."""

from __future__ import annotations

import gzip
import random
import sys

import pytest

from conftest import RUNNER
from programs import ROOT
from waiting import eventually

sys.path.insert(0, str(ROOT / "Tests" / "Web"))
from browser import Browser  # noqa: E402
from lossy_server import LossyServer  # noqa: E402
from scripted_server import MODULE, ScriptedServer  # noqa: E402

PRELUDE = """
window.module = await import('/ringway.js');
window.got = []; window.states = []; window.results = []; window.errors = [];
window.begin = (options) => { window.session = module.connect('/chat', {
    user: 'alice', onmessage: (m) => { got.push(m.data) }, onstate: (state, detail) => states.push([state, detail]),
    onerror: (reason) => errors.push(reason), ...options, timing: { base: 20, ...options?.timing } }) };
window.post = (data, options) => { session.send('bob', data, {
    onaccepted: () => results.push([data, 'accepted']), ...options }).then((r) => results.push([data, r.status])) };
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    RUNNER.run(browser.__aenter__())
    yield browser
    RUNNER.run(browser.__aexit__(None, None, None))


class Scene:
    """A page with the module, and the server that it talks to. `async with`."""

    def __init__(self, browser: Browser):
        self.browser, self.server = browser, ScriptedServer()

    async def __aenter__(self) -> "Scene":
        await self.server.__aenter__()
        self.page = await self.browser.page(f"http://{self.server.address}/")
        await self.page.run(PRELUDE)
        return self

    async def __aexit__(self, *_) -> None:
        await self.page.close()
        await self.server.__aexit__()

    async def begin(self, options: str = "{}"):
        """Opens a session; the server's side of it, welcomed."""
        await self.page.run(f"begin({options})")
        peer = await self.server.accept()
        await peer.welcome()
        await self.until("session.state === 'open'")
        return peer

    async def run(self, script: str):
        return await self.page.run(script)

    async def until(self, condition: str) -> None:
        await eventually(lambda: self.page.run(condition), condition)

    async def back(self, **members):
        """The client's next connection, resumed."""
        peer = await self.server.accept()
        await peer.say("resumed", **{"recovered": True, "replayed": 0, **members})
        return peer


def test_the_module_is_small() -> None:
    assert len(gzip.compress(MODULE.read_bytes(), 9)) < 5 * 1024


async def test_a_session_opens_as_its_user_with_its_token(browser) -> None:
    async with Scene(browser) as scene:
        await scene.run("begin({ user: 'a b/ü+&', token: async () => 'x.y.z' })")
        peer = await scene.server.accept()
        assert peer.path == "/chat" and peer.query == {"user": "a b/ü+&"}
        assert peer.offered == ["ringway.v1", "bearer.x.y.z"]
        assert await scene.run("session.state") == "connecting"
        await peer.welcome()
        await scene.until("session.state === 'open'")
        assert await scene.run("[session.session, session.user, session.node]") == ["s1", "alice", "node-1"]
        assert await scene.run("states") == [["open", {"recovered": True, "replayed": 0}]]


async def test_a_result_follows_what_was_accepted(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await scene.run("post({ text: 'hi' }); post(2, { class: 'fast' }); post(undefined)")
        first, second, third = [await peer.hear("send") for _ in range(3)]
        assert first == {"type": "send", "id": "1", "to": "bob", "data": {"text": "hi"}, "class": "reliable", "n": 1}
        assert (second["n"], second["class"], third["n"], third["data"]) == (2, "fast", 3, None)
        await peer.result(1, "accepted")
        await peer.result(1, "accepted")
        await peer.result(2, "offline")
        await peer.result(1, "delivered")
        await peer.result(1, "unknown")
        await peer.say("error", id="3", reason="no")
        await scene.until("results.length === 4")
        assert await scene.run("results.map((r) => r[1])") == ["accepted", "offline", "delivered", "rejected"]
        await peer.say("error", reason="other")
        await scene.until("errors.length === 1")


async def test_messages_are_acknowledged_in_order_once_their_handler_is_done(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin("{ onmessage: (m) => { got.push(m.data); return new Promise((go) => window.go = go) } }")
        await peer.message("5-1", 1)
        await peer.message("5-2", 2)
        await peer.say("home", node="node-2", resume="t2", position="5-3")
        await scene.until("got.length === 1 && session.node === 'node-2'")
        await peer.hear_nothing()
        await scene.run("go()")
        assert (await peer.hear("ack"))["position"] == "5-1"
        await scene.until("got.length === 2")
        await peer.hear_nothing()
        await scene.run("go()")
        # The home's position is acknowledged behind all messages before it, and at once with the last.
        assert (await peer.hear("ack"))["position"] == "5-3"


async def test_a_handler_that_throws_does_not_stop_the_session(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin("{ onmessage: (m) => { got.push(m.data); if (m.data === 1) throw Error('mine') } }")
        await peer.message("5-1", 1)
        assert (await peer.hear("ack"))["position"] == "5-1"
        await peer.message("5-2", 2)
        assert (await peer.hear("ack"))["position"] == "5-2"


async def test_what_was_handled_together_is_acknowledged_with_few_frames(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin(
            "{ onmessage: (m) => { got.push(m.data); if (m.data === 1) return new Promise((go) => window.go = go) } }")
        for n in range(1, 201):
            await peer.message(f"5-{n}", n)
        await peer.say("error", reason="all said")
        await scene.until("errors.length === 1")
        await scene.run("go()")
        acks = [await peer.hear("ack")]
        while acks[-1]["position"] != "5-200":
            acks.append(await peer.hear("ack"))
        assert len(acks) <= 8
        assert await scene.run("got.length") == 200


async def test_duplicates_are_acknowledged_and_not_shown(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await peer.message("5-1", 1)
        assert (await peer.hear("ack"))["position"] == "5-1"
        await peer.message("6-0", 1)
        assert (await peer.hear("ack"))["position"] == "6-0"
        await peer.message("6-1", 1, sender="b" * 32, data="other sender")
        # A fast message may have overtaken, and says nothing about those before it.
        await peer.say("message", **{"from": "bob", "data": "fast", "sender": "a" * 32, "n": 3})
        await peer.message("6-2", 2)
        await peer.say("message", **{"from": "bob", "data": "bare"})
        await scene.until("got.length === 5")
        assert await scene.run("got") == [1, "other sender", "fast", 2, "bare"]


async def test_a_lost_connection_is_resumed_and_unanswered_messages_go_again_in_order(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await peer.message("5-7", 1)
        await scene.until("got.length === 1")
        await scene.run("post('a'); post('b', { class: 'fast' }); post('c'); post('d')")
        while (await peer.hear())["type"] != "send" or (await peer.hear("send"))["n"] != 2:
            pass
        await peer.result(1, "accepted")
        await peer.result(3, "delivered")
        await scene.until("results.length === 2")
        peer.drop()
        peer = await scene.server.accept()
        assert peer.query == {"user": "alice", "resume": "t1", "generation": "1", "position": "5-7"}
        assert await scene.run("session.state") == "resuming"
        await scene.run("post('e', { class: 'fast' })")
        await peer.hear_nothing()
        # What was never sent has nothing to be unknown about, fast or not.
        peer.drop()
        peer = await scene.back(replayed=1)
        assert [(await peer.hear("send"))["n"] for _ in range(3)] == [1, 4, 5]
        await peer.message("5-8", 2)
        for n in (1, 4, 5):
            await peer.result(n, "accepted")
            await peer.result(n, "delivered")
        await scene.until("results.length === 8")
        assert await scene.run("results.filter((r) => r[0] === 'a')") == [["a", "accepted"], ["a", "delivered"]]
        assert await scene.run("results.find((r) => r[0] === 'b')") == ["b", "unknown"]
        assert await scene.run("states.map((s) => s[0])") == ["open", "resuming", "resuming", "open"]
        assert await scene.run("states[3][1]") == {"recovered": True, "replayed": 1}


async def test_the_newest_token_resumes(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await peer.say("home", node="node-2", resume="t2", position="6-0")
        assert (await peer.hear("ack"))["position"] == "6-0"
        await peer.close(4002)
        # Nobody answers this one.
        (await scene.server.accept()).drop()
        peer = await scene.back(recovered=False)
        assert peer.query == {"user": "alice", "resume": "t2", "generation": "2", "position": "6-0"}
        await scene.until("session.state === 'open'")
        assert await scene.run("states.at(-1)[1].recovered") is False


async def test_a_failure_of_what_was_sent_twice_is_unknown(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await scene.run("post('a')")
        await peer.hear("send")
        peer.drop()
        peer = await scene.back()
        assert (await peer.hear("send"))["n"] == 1
        await peer.result(1, "offline")
        await scene.until("results.length === 1")
        assert await scene.run("results") == [["a", "unknown"]]


async def test_another_session_instead_of_the_former_one_is_said_and_nothing_is_sent_twice(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await scene.run("post('a')")
        await peer.hear("send")
        peer.drop()
        await scene.until("session.state === 'resuming'")
        await scene.run("post('b')")
        peer = await scene.server.accept()
        await peer.welcome(session="s2", resume="u1", position="9-0")
        assert (await peer.hear("send"))["n"] == 2
        assert await scene.run("results") == [["a", "unknown"]]
        assert await scene.run("states.at(-1)") == ["open", {"recovered": False, "replayed": 0}]
        peer.drop()
        assert (await scene.server.accept()).query == {
            "user": "alice", "resume": "u1", "generation": "1", "position": "9-0"}


@pytest.mark.parametrize("code", [1000, 1002, 1003, 1007, 1008, 1009, 4500, 4501, 4503, 4504])
async def test_who_is_told_not_to_return_does_not(browser, code) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await scene.run("post('a')")
        await peer.hear("send")
        await peer.close(code, "why")
        await scene.until("session.state === 'closed'")
        assert await scene.run("states.at(-1)") == ["closed", {"code": code, "reason": "why"}]
        await scene.run("post('b')")
        assert await scene.run("results") == [["a", "unknown"], ["b", "rejected"]]
        assert scene.server.peers.empty()


async def test_closing_tells_what_was_sent_from_what_was_not(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await scene.run("post('a')")
        await peer.hear("send")
        peer.drop()
        await scene.until("session.state === 'resuming'")
        await scene.run("post('b'); session.close()")
        assert await scene.run("results") == [["a", "unknown"], ["b", "rejected"]]
        assert await scene.run("states.at(-1)[0]") == "closed"


async def test_leaving_is_a_goodbye(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin()
        await peer.message("5-1", 1)
        await scene.until("got.length === 1")
        await scene.run("session.close()")
        assert (await peer.hear("ack"))["position"] == "5-1"
        assert (await peer.gone())[0] == 1005


async def test_waits_double_and_begin_anew_only_after_a_stable_time(browser) -> None:
    async with Scene(browser) as scene:
        await scene.run("Math.random = () => 0.5; begin({ timing: { base: 20, cap: 100, stable: 2000 } })")
        for _ in range(3):
            # Before its first welcome a client has no session, and lost connections count as well.
            (await scene.server.accept()).drop()
        peer = await scene.server.accept()
        await peer.welcome()
        await scene.until("session.state === 'open'")
        for _ in range(2):
            peer.drop()
            peer = await scene.back()
            await scene.until("session.state === 'open'")
        waits = "states.filter((s) => s[1].wait !== undefined).map((s) => s[1].wait)"
        assert await scene.run(waits) == [10, 20, 40, 50, 50]
        await scene.run("await new Promise((go) => setTimeout(go, 2100))")
        peer.drop()
        await scene.server.accept()
        assert await scene.run(waits) == [10, 20, 40, 50, 50, 10]


async def test_the_servers_hint_is_the_least_wait(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin("{ timing: { hint: 700 } }")
        await scene.run("Math.random = () => 0.5")
        await peer.close(4001, "retry=300;epoch=7")
        peer = await scene.back()
        await scene.until("session.state === 'open'")
        await peer.close(4004, "epoch=7;retry=99999999999")
        peer = await scene.server.accept()
        waits = await scene.run("states.filter((s) => s[0] === 'resuming').map((s) => s[1].wait)")
        assert waits == [310, 720]


async def test_an_ended_token_is_replaced_or_is_the_end(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin("{ token: () => 'token' + (window.asked = (window.asked ?? 0) + 1) }")
        await peer.close(4401)
        assert (await scene.back()).offered == ["ringway.v1", "bearer.token2"]
        await scene.run("session.close()")
        peer = await scene.begin("{ token: 'fixed' }")
        await scene.run("session.renew('fresh')")
        assert await peer.hear() == {"type": "token", "token": "fresh"}
        peer.drop()
        peer = await scene.back()
        assert peer.offered == ["ringway.v1", "bearer.fresh"]
        await peer.close(4401)
        await scene.until("session.state === 'closed'")


async def test_a_token_that_cannot_be_had_is_asked_for_again(browser) -> None:
    async with Scene(browser) as scene:
        await scene.run("begin({ token: async () => { if (!window.again) { again = true; throw Error('no net') } return 'x' } })")
        assert (await scene.server.accept()).offered == ["ringway.v1", "bearer.x"]
        assert "no net" in (await scene.run("states"))[0][1]["reason"]


async def test_what_nobody_answers_is_unknown_and_a_silent_connection_is_left(browser) -> None:
    async with Scene(browser) as scene:
        peer = await scene.begin("{ timing: { answer: 2000 } }")
        await scene.run("post('a'); post('b')")
        assert [(await peer.hear("send"))["n"] for _ in range(2)] == [1, 2]
        await scene.run("await new Promise((go) => setTimeout(go, 1000))")
        await peer.result(1, "accepted")
        await scene.until("results.length === 3")
        # What was accepted has its time from then on.
        assert await scene.run("results") == [["a", "accepted"], ["b", "unknown"], ["a", "unknown"]]
        peer = await scene.back()
        await scene.until("session.state === 'open'")
        assert await scene.run("states.map((s) => s[1].reason)") == [None, "silence", None]
        await peer.hear_nothing()


async def test_a_server_that_says_nothing_is_left(browser) -> None:
    async with Scene(browser) as scene:
        await scene.run("begin({ timing: { welcome: 1000 } })")
        await scene.server.accept()
        await (await scene.server.accept()).welcome()
        await scene.until("session.state === 'open'")
        assert (await scene.run("states"))[0][1]["reason"] == "no welcome in time"


async def test_what_waits_is_bounded(browser) -> None:
    async with Scene(browser) as scene:
        await scene.run("begin({}); for (let i = 0; i < 1030; i++) post(i)")
        await scene.until("results.length === 6")
        await scene.run("results.length = 0; session.close(); begin({}); const m = 'x'.repeat(1 << 20)")
        await scene.run("results.length = 0; for (let i = 0; i < 9; i++) post(m)")
        await scene.until("results.length === 2")


@pytest.mark.deadline(240)
@pytest.mark.parametrize("seed", [1, None])
async def test_whatever_breaks_each_message_comes_once_and_in_order(browser, seed) -> None:
    seed = seed or random.SystemRandom().getrandbits(32)
    async with LossyServer(seed) as server:
        page = await browser.page(f"http://{server.address}/")
        await page.run(PRELUDE)
        await page.run("begin({ user: 'alice', timing: { base: 5, cap: 40 } })")
        await page.run("for (let i = 1; i <= 300; i++) setTimeout(() => post(i), i * 5)")
        await eventually(lambda: page.run("results.filter((r) => r[1] !== 'accepted').length === 300"), f"seed {seed}: results",
                         seconds=60)
        await eventually(lambda: page.run("got.length >= 300"), f"seed {seed}: messages", seconds=60)
        assert server.taken == list(range(1, 301)), f"seed {seed}"
        assert await page.run("got") == list(range(1, 301)), f"seed {seed}"
        assert set(await page.run("results.map((r) => r[1])")) <= {"accepted", "delivered"}, f"seed {seed}"
        assert server.drops >= 10, f"seed {seed}: {server.drops}"
        await page.close()
