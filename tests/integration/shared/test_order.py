"""Later messages about the same thing wait behind one that failed; those about others do not."""

from collections.abc import Generator

import pytest
from structlog.testing import capture_logs

from shared.again import say_again, say_discarded
from shared.cause import new_id
from shared.provision import broker
from tests.integration.shared.accident import victim
from tests.integration.shared.hearing import dead_letter, until_counted
from tests.integration.shared.lab import HASTY, Ear, Happened, Lab
from tests.integration.shared.listener import DURABLE, Listener, hearing, series, start
from tests.waiting import until, until_found


@pytest.fixture
def listener(ear: Ear) -> Listener:
    return Listener(ear)


@pytest.fixture(autouse=True)
def _hasty(lab: Lab) -> Generator[None]:
    lab.patience = HASTY
    with capture_logs():  # showing a traceback costs more than a try
        yield


async def died(lab: Lab) -> tuple[dict[str, str], bytes]:
    headers = await dead_letter(lab)
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    return headers, (await jetstream.get_msg("DEAD", 1)).data or b""


class TestWaiting:
    @pytest.mark.parametrize("together", [False, True])
    async def test_later_ones_of_its_key_wait_and_others_flow(
        self, lab: Lab, listener: Listener, together: bool
    ) -> None:
        listener.poison = {"a1"}
        a, b = new_id(), new_id()
        await start(lab, listener, together=together)

        await lab.say(*series(a, "a1", "a2", "a3"), *series(b, "b1", "b2"))
        await died(lab)
        await lab.say(*series(a, "a4"), *series(b, "b3"))

        await until_counted(lab, "ear", "parked", 4)
        await until(lambda: listener.notes(b) == ["b1", "b2", "b3"])
        assert listener.notes(a) == []

    async def test_after_a_redrive_they_follow_in_order(self, lab: Lab, listener: Listener) -> None:
        listener.poison = {"1"}
        thing = new_id()
        await start(lab, listener)
        await lab.say(*series(thing, "1", "2", "3"))
        headers, body = await died(lab)
        await lab.say(*series(thing, "4"))
        await until_counted(lab, "ear", "parked", 4)

        listener.poison = set()
        await say_again(await lab.bus_of_admin(), DURABLE, body, headers, attempt=1)

        await until(lambda: len(listener.done) == 4)
        assert listener.notes(thing) == ["1", "2", "3", "4"]
        await until_counted(lab, "ear", "parked", 0)

    async def test_after_a_discard_they_flow_and_it_is_never_run(
        self, lab: Lab, listener: Listener
    ) -> None:
        listener.poison = {"1"}
        thing = new_id()
        await start(lab, listener)
        await lab.say(*series(thing, "1", "2", "3"))
        headers, body = await died(lab)
        await until_counted(lab, "ear", "parked", 3)

        listener.poison = set()
        await say_discarded(await lab.bus_of_admin(), DURABLE, headers, attempt=1)
        await until(lambda: len(listener.done) == 2)
        await say_again(await lab.bus_of_admin(), DURABLE, body, headers, attempt=2)
        await lab.say(*series(thing, "4"))

        await until(lambda: "4" in listener.notes(thing))
        assert listener.notes(thing) == ["2", "3", "4"]

    async def test_one_that_recovers_by_itself_is_followed_by_the_others(
        self, lab: Lab, listener: Listener
    ) -> None:
        listener.poison = {"1"}
        thing = new_id()
        await start(lab, listener)
        await lab.say(*series(thing, "1", "2", "3"))
        await until_counted(lab, "ear", "parked", 3)

        listener.poison = set()

        await until(lambda: len(listener.done) == 3)
        assert listener.notes(thing) == ["1", "2", "3"]

    async def test_a_second_dead_one_in_the_line_holds_up_only_what_follows_it(
        self, lab: Lab, listener: Listener
    ) -> None:
        listener.poison = {"1", "3"}
        thing = new_id()
        await start(lab, listener)
        await lab.say(*series(thing, "1", "2", "3", "4"))
        headers, body = await died(lab)
        await until_counted(lab, "ear", "parked", 4)

        listener.poison = {"3"}
        await say_again(await lab.bus_of_admin(), DURABLE, body, headers, attempt=1)
        await until(lambda: listener.notes(thing) == ["1", "2"])
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()

        async def second_died() -> bool:
            return (await jetstream.stream_info("DEAD")).state.messages == 2

        await until_found(second_died)
        second = await jetstream.get_msg("DEAD", 2)
        listener.poison = set()
        again = dict(second.headers or {})
        await say_again(await lab.bus_of_admin(), DURABLE, second.data or b"", again, attempt=1)

        await until(lambda: len(listener.done) == 4)
        assert listener.notes(thing) == ["1", "2", "3", "4"]

    async def test_an_unreadable_one_holds_up_its_key_too(
        self, lab: Lab, listener: Listener
    ) -> None:
        thing = new_id()
        await start(lab, listener)
        await lab.say(*series(thing, "1"))
        await until(lambda: len(listener.done) == 1)
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        headers = dict((await jetstream.get_msg("EVT_LAB", 1)).headers or {})
        headers |= {"ce-id": str(new_id()), "Nats-Msg-Id": "bad"}
        await jetstream.publish("evt.lab.happened.v1", b'{"thing_id": 7}', headers=headers)
        dead, _ = await died(lab)

        await lab.say(*series(thing, "2"))
        await until_counted(lab, "ear", "parked", 2)
        good = Happened(thing_id=thing, note="mended").model_dump_json().encode()
        await say_again(await lab.bus_of_admin(), DURABLE, good, dead, attempt=1)

        await until(lambda: listener.notes(thing) == ["1", "mended", "2"])
        assert dead["dead-class"] == "schema"

    async def test_where_the_newest_wins_nobody_waits(self, lab: Lab, listener: Listener) -> None:
        listener.poison = {"1"}
        thing = new_id()
        await start(lab, listener, in_order=False)

        await lab.say(*series(thing, "1", "2"))

        await until(lambda: listener.notes(thing) == ["2"])
        await died(lab)
        assert await lab.count("ear", "parked") == 0

    async def test_a_restart_goes_on_with_what_was_left_waiting(
        self, lab: Lab, listener: Listener
    ) -> None:
        listener.poison = {"1"}
        thing = new_id()
        bus = await lab.bus("ear")
        bus.on(Happened, listener.hear)
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        await bus.start()
        await lab.say(*series(thing, "1", "2", "3"))
        headers, body = await died(lab)
        await until_counted(lab, "ear", "parked", 3)
        listener.poison = set()
        await say_again(await lab.bus_of_admin(), DURABLE, body, headers, attempt=1)
        await until(lambda: listener.notes(thing) == ["1"])
        await bus.stop()

        await hearing(lab, listener)

        await until(lambda: listener.notes(thing) == ["1", "2", "3"])

    async def test_a_process_killed_amid_a_line_leaves_the_rest_to_the_next(
        self, lab: Lab, listener: Listener
    ) -> None:
        listener.poison = {"0"}
        thing, many = new_id(), 300
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        bus = await lab.bus("ear")
        bus.on(Happened, listener.hear)
        await bus.start()
        await lab.say(*series(thing, *map(str, range(many))))
        headers, body = await died(lab)
        await until_counted(lab, "ear", "parked", many)
        await bus.stop()

        async with victim(lab) as first:
            await say_again(await lab.bus_of_admin(), DURABLE, body, headers, attempt=1)

            async def begun() -> bool:
                return await lab.count("ear", "effects") >= 3

            await until_found(begun)
            first.kill()
            await first.wait()
        left = await lab.count("ear", "parked")
        async with victim(lab):
            await until_counted(lab, "ear", "parked", 0)

        assert left > 0
        assert await lab.count("ear", "effects") == many

    async def test_many_keys_each_keep_their_order(self, lab: Lab, listener: Listener) -> None:
        things = [new_id() for _ in range(30)]
        listener.poison = {f"{number}.3" for number in range(0, 30, 10)}
        await start(lab, listener)

        for step in range(5):
            await lab.say(
                *(
                    Happened(thing_id=thing, note=f"{number}.{step}")
                    for number, thing in enumerate(things)
                )
            )
        await until(lambda: len(listener.done) == 144, within=60)

        for number, thing in enumerate(things):
            wanted = 3 if number % 10 == 0 else 5
            assert listener.notes(thing) == [f"{number}.{step}" for step in range(wanted)]
