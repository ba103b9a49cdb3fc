"""What the libraries would do if the bus let them; `docs/traps.md` says which test holds which."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from shared import bus as bus_module
from shared.cause import Cause
from shared.metrics import exposition
from shared.problems import Away
from shared.provision import broker
from shared.relay import Relay
from tests.integration.shared.hearing import happened, listening, until_counted
from tests.integration.shared.lab import SOMEBODY, Ear, Happened, Lab, Ping, Pong
from tests.waiting import until, until_found

PLACE = ("EVT_LAB", "ear-lab-happened-v1")
EARLIEST = 0.25
"""Half of the shortest pause: jitter takes no more."""


class TestTryingAgain:
    async def test_a_second_try_comes_after_a_pause(self, lab: Lab, ear: Ear) -> None:
        moments: list[float] = []

        def once(_: Happened, run: int) -> None:
            moments.append(time.monotonic())
            if run == 1:
                raise ValueError("not yet")

        ear.fail = once
        await listening(lab, ear)
        await lab.say(happened())
        await until(lambda: len(moments) == 2)

        assert moments[1] - moments[0] >= EARLIEST

    async def test_what_cannot_be_kept_aside_is_not_given_up(self, lab: Lab, ear: Ear) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        config = (await jetstream.stream_info("DEAD")).config
        await jetstream.update_stream(config.evolve(max_msgs=1))
        await jetstream.publish("dead.somebody-else", b"{}")
        await listening(lab, ear)

        await jetstream.publish("evt.lab.happened.v1", b"unreadable")
        await until_found(lambda: _in_hand(lab, 1))
        await jetstream.update_stream(config)
        await until_found(lambda: _in_hand(lab, 0))
        assert (await jetstream.stream_info("DEAD")).state.messages == 2


class TestFetching:
    async def test_an_idle_listener_hears_again_after_the_broker_was_away(
        self, lab: Lab, ear: Ear
    ) -> None:
        await listening(lab, ear)
        await lab.say(happened())
        await until_counted(lab, "ear", "effects", 1)

        lab.server.held.kill()
        lab.server.held.start()
        await lab.say(happened())

        await until_counted(lab, "ear", "effects", 2)

    async def test_a_slow_message_holds_up_none_behind_it(self, lab: Lab, ear: Ear) -> None:
        may_end, slow = asyncio.Event(), happened("slow")

        async def work(heard: Happened, cause: Cause) -> None:
            if heard.note == "slow":
                await may_end.wait()
            await ear.hear(heard, cause)

        said, hearing = await lab.bus("lab"), await lab.bus("ear")
        await said.start()
        await lab.relay(said)
        hearing.on(Happened, work, batch=4)
        await hearing.start()
        await lab.say(slow, *(happened() for _ in range(20)))

        await until_counted(lab, "ear", "effects", 20)

        may_end.set()
        await until_counted(lab, "ear", "effects", 21)

    async def test_slow_work_is_held_one_by_one_and_the_rest_left_to_others(self, lab: Lab) -> None:
        may_end, runs = asyncio.Event(), [0, 0]

        def slow(replica: int) -> Callable[[Happened, Cause], Awaitable[None]]:
            async def work(_: Happened, __: Cause) -> None:
                runs[replica] += 1
                await may_end.wait()

            return work

        for replica in range(2):
            heard = await lab.bus("ear")
            heard.on(Happened, slow(replica), batch=1)
            await heard.start()
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        await lab.say(*(happened() for _ in range(6)))
        await until(lambda: sum(runs) == 2)

        place = await (await lab.connect(broker.ADMIN)).jetstream().consumer_info(*PLACE)

        assert (runs, place.num_ack_pending, place.num_pending) == ([1, 1], 2, 4)
        may_end.set()
        await until_found(lambda: _in_hand(lab, 0))

    async def test_a_verb_is_run_without_another_thread(self, lab: Lab, ear: Ear) -> None:
        await listening(lab, ear)
        await lab.say(*(happened() for _ in range(20)))
        await until_counted(lab, "ear", "effects", 20)

        workers = [one.name for one in threading.enumerate() if "AnyIO" in one.name]
        assert workers == []


class TestPublishing:
    async def test_what_was_stored_without_our_knowing_is_repeated_and_stored_once(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bus_module, "PUBLISH_WITHIN", 0.5)
        bus = await lab.bus("lab")
        await bus.start()
        relay = Relay(await lab.database("lab"), bus)
        await lab.say(happened(), happened())
        server = lab.server.held.child.pid

        os.kill(server, signal.SIGSTOP)
        try:
            unknown = await relay.carry()
        finally:
            os.kill(server, signal.SIGCONT)
        repeated = await relay.carry()

        assert (unknown, repeated) == ((2, 0), (2, 2))
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        state = (await jetstream.stream_info("EVT_LAB")).state
        assert state.messages == 2


class TestRefusal:
    async def test_a_denied_publish_is_known_and_not_only_late(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bus_module, "PUBLISH_WITHIN", 0.5)
        ear = await lab.bus("ear")
        await ear.start()

        with pytest.raises(Away):
            await ear.publish_stored("evt.lab.happened.v1", b"{}", {}, stream="EVT_LAB")

        assert 'permissions violation for publish to "evt.lab.happened.v1"' in ear.denied.lower()

    async def test_a_denied_subscription_is_known_and_not_only_silent(self, lab: Lab) -> None:
        async def pong(asked: Ping, _: Cause) -> Pong:
            return Pong(note=asked.note)

        ear = await lab.bus("ear")
        ear.answer(Ping, pong)
        await ear.start()

        await until(lambda: 'subscription to "req.lab.ping.v1"' in ear.denied)

    async def test_an_answer_that_comes_after_the_broker_restarted_is_held_against_nobody(
        self, lab: Lab
    ) -> None:
        asked, go_on = asyncio.Event(), asyncio.Event()

        async def pong(about: Ping, _: Cause) -> Pong:
            asked.set()
            await go_on.wait()
            return Pong(note=about.note)

        owner, asker = await lab.bus("lab"), await lab.bus("ear")
        owner.answer(Ping, pong)
        await owner.start()
        await asker.start()
        with capture_logs() as said:
            asking = asyncio.create_task(asker.ask(Ping(note="before"), SOMEBODY))
            await asked.wait()
            lab.server.held.kill()
            lab.server.held.start()
            await until(lambda: owner.connection.stats["reconnects"] > 0)
            go_on.set()
            await until(lambda: any("permissions violation" in str(line) for line in said))

        with pytest.raises(Away):
            await asking
        assert owner.denied == ""
        assert (await asker.ask(Ping(note="after"), SOMEBODY)).note == "after"


class TestMeasuring:
    async def test_questions_and_pushes_make_no_series_of_their_own(self, lab: Lab) -> None:
        async def pong(asked: Ping, _: Cause) -> Pong:
            return Pong(note=asked.note)

        owner, asker = await lab.bus("lab"), await lab.bus("ear")
        owner.answer(Ping, pong)
        await owner.start()
        await asker.start()
        await asker.ask(Ping(note="warm"), SOMEBODY)
        before = len(exposition().splitlines())

        for _ in range(5):
            await asker.ask(Ping(note="again"), SOMEBODY)

        assert len(exposition().splitlines()) == before
        assert b"_INBOX" not in exposition()


async def _in_hand(lab: Lab, wanted: int) -> bool:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    place = await jetstream.consumer_info(*PLACE)
    return place.num_ack_pending == wanted and not place.num_pending
