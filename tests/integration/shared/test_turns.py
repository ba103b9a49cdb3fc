"""Messages whose work waits its turn: fair between people, each done once, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from shared.again import say_again
from shared.bus import Bus
from shared.cause import Cause, new_id
from shared.database import Database
from shared.problems import Away
from shared.queue import withdraw
from tests.integration.shared.accident import restarting, victim
from tests.integration.shared.hearing import dead_letter, happened, until_counted
from tests.integration.shared.lab import Happened, Lab
from tests.waiting import until, until_found

DURABLE = "ear-lab-happened-v1"


@dataclass
class Worker:
    """Works slowly where it is told to, and remembers who was served in which order."""

    database: Database
    before: Callable[[Happened], Awaitable[None]] | None = None
    begun: list[UUID | None] = field(default_factory=list)
    done: list[UUID | None] = field(default_factory=list)
    stopped: list[UUID] = field(default_factory=list)
    given_up: list[UUID] = field(default_factory=list)

    async def work(self, heard: Happened, cause: Cause) -> None:
        self.begun.append(cause.actor)
        try:
            if self.before is not None:
                await self.before(heard)
        except asyncio.CancelledError:
            self.stopped.append(heard.thing_id)
            raise
        async with self.database.begin(cause) as unit:
            await unit.session.execute(
                text("INSERT INTO effects VALUES (:id)"), {"id": heard.thing_id}
            )
        self.done.append(cause.actor)

    async def give_up(self, heard: Happened, cause: Cause) -> None:
        _ = cause
        self.given_up.append(heard.thing_id)


async def working(lab: Lab, at_once: int = 2) -> Worker:
    """Start both services, the ear's work waiting its turn."""
    said = await lab.bus("lab")
    await said.start()
    await lab.relay(said)
    worker = Worker(await lab.database("ear"))
    await _work(lab, await lab.bus("ear"), worker, at_once)
    return worker


async def _work(lab: Lab, heard: Bus, worker: Worker, at_once: int) -> None:
    heard.on(Happened, worker.work, turns=at_once, give_up=worker.give_up)
    await heard.start()
    task = asyncio.create_task(heard.take_turns())
    lab.stack.callback(task.cancel)


async def say_as(lab: Lab, owner: UUID, *messages: Happened) -> None:
    async with (await lab.database("lab")).begin(Cause(actor=owner)) as unit:
        for message in messages:
            await unit.say(message)


class TestFairness:
    async def test_one_of_somebodys_comes_long_before_five_hundred_of_anothers(
        self, lab: Lab
    ) -> None:
        worker, many, few = await working(lab), new_id(), new_id()
        opened = asyncio.Event()

        async def wait_for_all(_: Happened) -> None:
            await opened.wait()

        worker.before = wait_for_all
        await say_as(lab, many, *(happened() for _ in range(500)))
        await until_counted(lab, "ear", "turns", 500)
        await say_as(lab, few, happened())
        await until_counted(lab, "ear", "turns", 501)
        opened.set()
        await until_counted(lab, "ear", "effects", 501, within=60)

        assert worker.done.index(few) <= 4

    async def test_work_without_end_holds_up_nobody_else(self, lab: Lab) -> None:
        worker, slow, quick = await working(lab, at_once=3), new_id(), new_id()

        async def forever(heard: Happened) -> None:
            if heard.note == "slow":
                await asyncio.Event().wait()

        worker.before = forever
        await say_as(lab, slow, *(happened("slow") for _ in range(5)))
        await until(lambda: worker.begun.count(slow) == 2)
        await say_as(lab, quick, *(happened() for _ in range(5)))

        await until(lambda: worker.done == [quick] * 5)
        assert worker.begun.count(slow) == 2


class TestTrouble:
    async def test_a_killed_process_leaves_its_turns_to_the_next_and_each_counts_once(
        self, lab: Lab
    ) -> None:
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        async with victim(lab, "turns") as first:
            await lab.say(*(happened() for _ in range(60)))

            async def begun() -> bool:
                return await lab.count("ear", "effects") >= 10

            await until_found(begun, within=60)
            first.kill()
            await first.wait()
        async with victim(lab, "turns"):
            await until_counted(lab, "ear", "effects", 60, within=60)
            await until_counted(lab, "ear", "turns", 0)

    async def test_one_that_ends_its_process_each_time_is_kept_aside_and_others_are_done(
        self, lab: Lab
    ) -> None:
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        await lab.say(happened("deadly"), *(happened() for _ in range(5)))
        stop = asyncio.Event()
        supervisor = asyncio.create_task(restarting(lab, stop, "turns"))

        await until_counted(lab, "ear", "effects", 5, within=60)
        hurried = asyncio.create_task(_hurry(lab, stop, leased=True))
        dead = await dead_letter(lab, within=120)
        await until_counted(lab, "ear", "turns", 0)

        stop.set()
        await hurried
        assert dead["dead-code"] == "no-outcome"
        assert await supervisor > 10

    async def test_what_fails_again_and_again_is_given_up_and_can_be_said_again(
        self, lab: Lab
    ) -> None:
        worker, wrong = await working(lab), happened("wrong")
        mended = asyncio.Event()

        async def fail(_: Happened) -> None:
            if not mended.is_set():
                raise ValueError

        worker.before = fail
        await lab.say(wrong)
        hurried = asyncio.create_task(_hurry(lab, mended))
        dead = await dead_letter(lab, within=60)
        await until_counted(lab, "ear", "turns", 0)
        mended.set()
        await hurried

        assert (dead["dead-code"], dead["dead-attempts"]) == ("ValueError", "6")
        assert worker.given_up == [wrong.thing_id]
        body = wrong.model_dump_json().encode()
        await say_again(await lab.bus_of_admin(), DURABLE, body, dead, attempt=1)
        await until_counted(lab, "ear", "effects", 1)

    async def test_a_dependency_that_is_away_costs_no_attempt(self, lab: Lab) -> None:
        worker, asked = await working(lab), 0

        async def away(_: Happened) -> None:
            nonlocal asked
            asked += 1
            if asked < 4:
                raise Away

        worker.before = away
        await lab.say(happened())
        await until_counted(lab, "ear", "effects", 1)

        assert await lab.count("ear", "attempts") == 0

    async def test_what_is_withdrawn_is_stopped_within_seconds_and_changes_nothing(
        self, lab: Lab
    ) -> None:
        worker, unwanted = await working(lab), happened()

        async def forever(_: Happened) -> None:
            await asyncio.Event().wait()

        worker.before = forever
        await lab.say(unwanted)
        await until(lambda: len(worker.begun) == 1)

        async with (await lab.database("ear")).begin(Cause()) as unit:
            await withdraw(unit.session, str(unwanted.thing_id))

        await until(lambda: worker.stopped == [unwanted.thing_id], within=5)
        assert await lab.count("ear", "effects") == 0

    async def test_told_to_go_it_finishes_what_is_in_hand_and_takes_no_more(self, lab: Lab) -> None:
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        going, worker = await lab.bus("ear"), Worker(await lab.database("ear"))
        opened = asyncio.Event()

        async def wait_for_leave(_: Happened) -> None:
            await opened.wait()

        worker.before = wait_for_leave
        await _work(lab, going, worker, 2)
        await lab.say(*(happened() for _ in range(5)))
        await until_counted(lab, "ear", "turns", 5)
        await until(lambda: len(worker.begun) == 1)

        stopping = asyncio.create_task(going.stop())
        await asyncio.sleep(0)
        opened.set()
        await stopping

        assert await lab.count("ear", "effects") == 1
        assert await lab.count("ear", "turns") == 4


async def _hurry(lab: Lab, until_set: asyncio.Event, *, leased: bool = False) -> None:
    """Let nobody wait for a back-off, nor for the lapse of a lease: try follows upon try."""
    database = await lab.database("ear")
    sooner = text(
        "UPDATE turns SET free_at = now() WHERE free_at > now() AND (lease IS NULL OR :leased)"
    )
    while not until_set.is_set():
        async with database.reading() as session:
            await session.execute(sooner, {"leased": leased})
        await asyncio.sleep(0.1)
