"""A question gets an answer or a typed problem, never silence."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.cause import Cause
from shared.problems import Away, NotFound, Refused
from tests.integration.shared.hearing import happened
from tests.integration.shared.lab import SOMEBODY, Ear, Lab, Ping, Pong
from tests.waiting import until

LATE = "whoever asked this waits no longer; nothing was changed"


async def ping(asked: Ping, cause: Cause) -> Pong:
    if asked.note == "missing":
        raise NotFound("no such note", note="missing")
    if asked.note == "secret":
        raise RuntimeError("password=hunter2")
    if asked.note == "slow":
        await asyncio.sleep(1)
    return Pong(note=f"{asked.note} for {cause.actor}")


class TestAsk:
    async def test_the_answer_knows_who_asked(self, lab: Lab) -> None:
        owner, asker = await lab.bus("lab"), await lab.bus("ear")
        owner.answer(Ping, ping)
        await owner.start()
        await asker.start()

        answer = await asker.ask(Ping(note="hello"), SOMEBODY)

        assert answer == Pong(note=f"hello for {SOMEBODY.actor}")

    async def test_a_problem_arrives_with_its_code_status_and_members(self, lab: Lab) -> None:
        owner, asker = await lab.bus("lab"), await lab.bus("ear")
        owner.answer(Ping, ping)
        await owner.start()
        await asker.start()

        with pytest.raises(Refused) as refused:
            await asker.ask(Ping(note="missing"), SOMEBODY)

        assert (refused.value.code, refused.value.status) == ("not-found", 404)
        assert refused.value.members == {"note": "missing"}

    async def test_an_unexpected_error_tells_nothing_of_itself(self, lab: Lab) -> None:
        owner, asker = await lab.bus("lab"), await lab.bus("ear")
        owner.answer(Ping, ping)
        await owner.start()
        await asker.start()

        with pytest.raises(Refused) as refused:
            await asker.ask(Ping(note="secret"), SOMEBODY)

        assert (refused.value.code, refused.value.status) == ("internal", 500)
        assert "hunter2" not in refused.value.details().model_dump_json()

    async def test_nobody_there_is_said_soon(self, lab: Lab) -> None:
        asker = await lab.bus("ear")
        await asker.start()
        began = time.monotonic()

        with pytest.raises(Away, match="nobody answers"):
            await asker.ask(Ping(note="hello"), SOMEBODY)

        assert time.monotonic() - began < 5

    async def test_no_answer_in_time_is_said(self, lab: Lab) -> None:
        owner, asker = await lab.bus("lab"), await lab.bus("ear")
        owner.answer(Ping, ping)
        await owner.start()
        await asker.start()

        with pytest.raises(Away, match=r"within 0\.2 s"):
            await asker.ask(Ping(note="slow"), SOMEBODY, within=0.2)

    async def test_a_slow_request_does_not_hold_up_others(self, lab: Lab) -> None:
        owner, asker = await lab.bus("lab"), await lab.bus("ear")
        owner.answer(Ping, ping)
        await owner.start()
        await asker.start()
        slow = asyncio.create_task(asker.ask(Ping(note="slow"), SOMEBODY))

        await asker.ask(Ping(note="hello"), SOMEBODY)

        assert not slow.done()
        assert (await slow).note.startswith("slow")


@dataclass
class Scribe:
    """Writes down what it is asked to, as late as it is let."""

    ear: Ear
    let: asyncio.Event = field(default_factory=asyncio.Event)
    ended: list[str] = field(default_factory=list)

    async def write(self, asked: Ping, cause: Cause) -> Pong:
        try:
            await self.let.wait()
            await self.ear.hear(happened(asked.note), cause)
        except Away as late:
            self.ended.append(late.detail)
            raise
        self.ended.append(asked.note)
        return Pong(note=asked.note)


class TestLate:
    @pytest.fixture
    async def scribe(self, lab: Lab) -> Scribe:
        scribe = Scribe(Ear(await lab.database("ear")))
        owner = await lab.bus("lab")
        owner.answer(Ping, scribe.write)
        await owner.start()
        return scribe

    async def test_what_nobody_waits_for_any_more_changes_nothing(
        self, lab: Lab, scribe: Scribe
    ) -> None:
        asker = await lab.bus("ear")
        await asker.start()

        with pytest.raises(Away):
            await asker.ask(Ping(note="old"), SOMEBODY, within=0.3)
        scribe.let.set()
        await asker.ask(Ping(note="new"), SOMEBODY)

        await until(lambda: len(scribe.ended) == 2)
        assert sorted(scribe.ended) == ["new", LATE]
        assert await lab.count("ear", "effects") == 1

    async def test_what_comes_late_is_not_begun(self, lab: Lab, scribe: Scribe) -> None:
        asker = await lab.bus("ear")
        await asker.start()
        scribe.let.set()
        long_ago = datetime.now(UTC) - timedelta(seconds=30)

        with pytest.raises(Away, match="waits no longer"):
            await asker.ask(Ping(note="old"), replace(SOMEBODY, until=long_ago))

        assert scribe.ended == []

    async def test_whoever_is_asked_on_anothers_behalf_has_no_longer_than_they(
        self, lab: Lab, scribe: Scribe
    ) -> None:
        asker = await lab.bus("ear")
        await asker.start()
        soon = datetime.now(UTC) + timedelta(seconds=0.3)
        asking = asyncio.create_task(
            asker.ask(Ping(note="for another"), replace(SOMEBODY, until=soon))
        )

        await until(lambda: datetime.now(UTC) > soon)
        scribe.let.set()

        with pytest.raises(Away, match="waits no longer"):
            await asking
        assert await lab.count("ear", "effects") == 0
