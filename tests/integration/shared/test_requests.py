"""A question gets an answer or a typed problem, never silence."""

import asyncio
import time

import pytest

from shared.cause import Cause
from shared.problems import Away, NotFound, Refused
from tests.integration.shared.lab import SOMEBODY, Lab, Ping, Pong


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
