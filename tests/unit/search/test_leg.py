"""A leg that cannot answer is missed, and spared for a while."""

import asyncio

import pytest

from services.search.model.passage import OtherModel
from services.search.service.leg import Leg
from shared.problems import Away
from shared.resilience import FAILURES


class Oracle:
    """Answers as it is told, and counts who asks."""

    def __init__(self, answer: Exception | str) -> None:
        self.answer = answer
        self.asked = 0

    async def __call__(self) -> str:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_an_answer_passes() -> None:
    assert await Leg("text").run(Oracle("found")) == "found"


@pytest.mark.parametrize("failure", [Away("gone"), ValueError("broken"), OtherModel()])
async def test_a_failure_is_a_missing_answer(failure: Exception) -> None:
    assert await Leg("text").run(Oracle(failure)) is None


async def test_a_slow_leg_is_not_waited_for() -> None:
    async def never() -> str:
        await asyncio.Event().wait()
        return "late"

    assert await Leg("text", patience=0.01).run(never) is None


async def test_after_some_failures_it_is_left_in_peace() -> None:
    leg, broken = Leg("text", rest=60), Oracle(Away("gone"))
    for _ in range(FAILURES + 5):
        await leg.run(broken)

    assert broken.asked == FAILURES
    assert await leg.run(Oracle("well again")) is None


async def test_after_a_rest_one_search_tries_it_and_success_heals_it() -> None:
    leg, oracle = Leg("text", rest=0.0), Oracle(Away("gone"))
    for _ in range(FAILURES):
        await leg.run(oracle)

    oracle.answer = "well again"

    assert await leg.run(oracle) == "well again"
    assert await leg.run(oracle) == "well again"


async def test_one_owners_old_vectors_do_not_spoil_it_for_others() -> None:
    leg, other_model = Leg("semantic", rest=60), Oracle(OtherModel())
    for _ in range(FAILURES + 1):
        await leg.run(other_model)

    assert await leg.run(Oracle("found")) == "found"
