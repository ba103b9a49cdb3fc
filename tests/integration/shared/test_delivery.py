"""What is said is heard once, whatever breaks on the way."""

import asyncio
from uuid import UUID

import pytest

from shared.again import say_again
from shared.cause import Cause, new_id
from shared.problems import Away
from shared.provision import broker
from tests.integration.shared.hearing import (
    dead_letter,
    happened,
    listening,
    until_acknowledged,
    until_counted,
    until_empty,
)
from tests.integration.shared.lab import HASTY, SOMEBODY, Ear, Happened, Lab
from tests.integration.shared.listener import DURABLE
from tests.waiting import until, until_found


class TestHearing:
    async def test_what_is_said_is_heard_with_who_caused_it(self, lab: Lab) -> None:
        causes: list[Cause] = []

        async def hear(_: Happened, cause: Cause) -> None:
            causes.append(cause)

        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        heard = await lab.bus("ear")
        heard.on(Happened, hear)
        await heard.start()
        await lab.say(happened())
        await until(lambda: bool(causes))

        assert causes[0].actor == SOMEBODY.actor
        assert causes[0].correlation == SOMEBODY.correlation
        assert causes[0].delivery is not None
        assert causes[0].delivery.durable == "ear-lab-happened-v1"

    async def test_a_first_error_does_not_lose_the_message(self, lab: Lab, ear: Ear) -> None:
        def once(_: Happened, run: int) -> None:
            if run == 1:
                raise ValueError("not yet")

        ear.fail = once
        message = happened()

        await listening(lab, ear)
        await lab.say(message)
        await until(lambda: len(ear.runs) == 2)

        await until_counted(lab, "ear", "effects", 1)

    async def test_ten_copies_have_one_effect(self, lab: Lab, ear: Ear) -> None:
        await listening(lab, ear)
        await lab.say(happened())
        await until_counted(lab, "ear", "effects", 1)
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        stored = await jetstream.get_msg("EVT_LAB", 1)
        headers = dict(stored.headers or {})

        for copy in range(10):
            headers["Nats-Msg-Id"] = f"copy-{copy}"
            await jetstream.publish("evt.lab.happened.v1", stored.data or b"", headers=headers)
        last = happened()
        await lab.say(last)
        await until(lambda: last.thing_id in ear.runs)

        await until_counted(lab, "ear", "effects", 2)

    async def test_a_repeated_run_inside_a_transaction_changes_nothing(
        self, lab: Lab, ear: Ear
    ) -> None:
        await listening(lab, ear)
        message = happened()
        await lab.say(message)
        await until_counted(lab, "ear", "effects", 1)
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        stored = await jetstream.get_msg("EVT_LAB", 1)

        await say_again(
            await lab.bus_of_admin(),
            "ear-lab-happened-v1",
            stored.data or b"",
            dict(stored.headers or {}),
            attempt=1,
        )
        await until(lambda: ear.runs.count(message.thing_id) == 2)
        await until_empty(lab, "TO")

        assert await lab.count("ear", "effects") == 1

    async def test_a_higher_generation_counts_again(self, lab: Lab, ear: Ear) -> None:
        await listening(lab, ear)
        await lab.say(happened())
        await until_counted(lab, "ear", "effects", 1)
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        stored = await jetstream.get_msg("EVT_LAB", 1)

        await say_again(
            await lab.bus_of_admin(),
            "ear-lab-happened-v1",
            stored.data or b"",
            dict(stored.headers or {}),
            attempt=1,
            generation=1,
        )

        await until_counted(lab, "ear", "effects", 2)

    async def test_long_work_is_not_given_to_another(self, lab: Lab) -> None:
        runs: list[UUID] = []

        async def slow(heard: Happened, _: Cause) -> None:
            runs.append(heard.thing_id)
            await asyncio.sleep(5)

        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        heard = await lab.bus("ear")
        heard.on(Happened, slow, batch=1)
        await heard.start()
        other = await lab.bus("ear")
        other.on(Happened, slow, batch=1)
        await other.start()
        await lab.say(happened())
        await until_acknowledged(lab, "EVT_LAB", "ear-lab-happened-v1")

        assert len(runs) == 1


class TestFailing:
    async def test_poison_is_kept_aside_at_the_sixth_error_and_others_flow(
        self, lab: Lab, ear: Ear
    ) -> None:
        lab.patience = HASTY
        poison, good = happened("poison"), happened()

        def on_poison(heard: Happened, _: int) -> None:
            if heard.note == "poison":
                raise ValueError("thing 42 is odd")

        ear.fail = on_poison
        await listening(lab, ear)
        await lab.say(poison, good)
        dead = await dead_letter(lab)
        await until_counted(lab, "ear", "effects", 1)

        assert ear.runs.count(poison.thing_id) == 6
        assert dead["dead-durable"] == "ear-lab-happened-v1"
        assert dead["dead-code"] == "ValueError"
        assert dead["dead-attempts"] == "6"
        assert dead["ce-actor"] == str(SOMEBODY.actor)

    async def test_those_who_wait_are_told_when_it_is_given_up(self, lab: Lab, ear: Ear) -> None:
        lab.patience = HASTY
        told: list[UUID] = []

        async def give_up(heard: Happened, _: Cause) -> None:
            told.append(heard.thing_id)

        def always(_: Happened, __: int) -> None:
            raise ValueError("no")

        ear.fail = always
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        heard = await lab.bus("ear")
        heard.on(Happened, ear.hear, give_up=give_up)
        await heard.start()
        message = happened()
        await lab.say(message)
        await dead_letter(lab)

        assert told == [message.thing_id]
        assert await lab.count("ear", "inbox") == 0

    async def test_an_unreadable_body_is_kept_aside_at_once_with_the_field_each_time_it_is_said(
        self, lab: Lab, ear: Ear
    ) -> None:
        await listening(lab, ear)
        await lab.say(happened())
        await until_counted(lab, "ear", "effects", 1)
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        stored = await jetstream.get_msg("EVT_LAB", 1)
        headers = dict(stored.headers or {}) | {"ce-id": str(new_id()), "Nats-Msg-Id": "odd"}

        await jetstream.publish("evt.lab.happened.v1", b'{"thing_id": 7}', headers=headers)

        dead = await dead_letter(lab)
        assert dead["dead-code"] == "bad-body"
        assert dead["dead-pointer"] == "/thing_id"

        await say_again(await lab.bus_of_admin(), DURABLE, b'{"thing_id": 7}', dead, attempt=1)

        async def kept_aside_again() -> bool:
            return int((await jetstream.stream_info("DEAD")).state.messages) == 2

        await until_found(kept_aside_again)

    async def test_a_dependency_that_is_away_is_waited_for_and_not_counted(
        self, lab: Lab, ear: Ear
    ) -> None:
        def away(_: Happened, run: int) -> None:
            if run < 9:
                raise Away("the store is away")

        ear.fail = away
        await listening(lab, ear)
        await lab.say(happened())

        await until_counted(lab, "ear", "effects", 1, within=40)
        assert await lab.count("ear", "attempts") == 0

    async def test_a_handler_that_fails_says_nothing(self, lab: Lab) -> None:
        database = await lab.database("lab")

        with pytest.raises(ZeroDivisionError):  # the error is the last of three
            async with database.begin(SOMEBODY) as unit:
                await unit.say(happened())
                _ = 1 / 0

        assert await lab.count("lab", "outbox") == 0
