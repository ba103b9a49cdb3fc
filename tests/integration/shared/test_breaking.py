"""What breaks on the way: broker, database, streams, processes; nothing is lost."""

import asyncio
from uuid import UUID

from shared.cause import Cause, new_id
from shared.provision import broker
from tests.integration.shared.hearing import (
    happened,
    listening,
    until_acknowledged,
    until_counted,
    until_empty,
)
from tests.integration.shared.lab import SOMEBODY, Ear, Happened, Lab, Work
from tests.servers import Postgres
from tests.waiting import until


class TestBreaking:
    async def test_nothing_is_lost_while_the_broker_is_killed(self, lab: Lab, ear: Ear) -> None:
        await listening(lab, ear)
        messages = [happened() for _ in range(60)]

        for number, message in enumerate(messages):
            await lab.say(message)
            if number == 20:
                lab.server.held.kill()
            if number == 40:
                lab.server.held.start()

        await until_counted(lab, "ear", "effects", 60, within=60)

    async def test_nothing_is_lost_while_the_database_is_killed(
        self, lab: Lab, ear: Ear, postgres: Postgres
    ) -> None:
        await listening(lab, ear)
        messages = [happened() for _ in range(20)]
        await lab.say(*messages)
        await until(lambda: len(ear.runs) > 3)

        postgres.held.kill()
        postgres.held.start()

        await until_counted(lab, "ear", "effects", 20, within=60)

    async def test_a_late_committer_is_not_skipped(self, lab: Lab, ear: Ear) -> None:
        await listening(lab, ear)
        database = await lab.database("lab")
        late, early = happened("late"), happened("early")

        async with database.begin(SOMEBODY) as unit:
            await unit.say(late)
            await lab.say(early)
            await until(lambda: early.thing_id in ear.runs)

        await until(lambda: late.thing_id in ear.runs)

    async def test_a_full_stream_loses_nothing(self, lab: Lab, ear: Ear) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        config = (await jetstream.stream_info("EVT_LAB")).config
        await jetstream.update_stream(config.evolve(max_msgs=2))
        await listening(lab, ear)
        await lab.say(*(happened() for _ in range(5)))
        await until_counted(lab, "ear", "effects", 2)

        await jetstream.update_stream(config)

        await until_counted(lab, "ear", "effects", 5)

    async def test_stopping_finishes_what_is_in_hand(self, lab: Lab, ear: Ear) -> None:
        begun = asyncio.Event()

        async def slow(heard: Happened, cause: Cause) -> None:
            begun.set()
            await asyncio.sleep(1)
            await ear.hear(heard, cause)

        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        heard = await lab.bus("ear")
        heard.on(Happened, slow)
        await heard.start()
        await lab.say(happened())
        await begun.wait()

        await heard.stop()

        assert await lab.count("ear", "effects") == 1
        await until_acknowledged(lab, "EVT_LAB", "ear-lab-happened-v1")

    async def test_a_command_waits_for_its_owner(self, lab: Lab) -> None:
        done: list[UUID] = []

        async def work(asked: Work, _: Cause) -> None:
            done.append(asked.thing_id)

        sender = await lab.bus("lab")
        await sender.start()
        await lab.relay(sender)
        command = Work(thing_id=new_id())
        await lab.say(command)
        owner = await lab.bus("lab")
        owner.on(Work, work, batch=1)
        await owner.start()

        await until(lambda: done == [command.thing_id])
        await until_empty(lab, "CMD_LAB")
