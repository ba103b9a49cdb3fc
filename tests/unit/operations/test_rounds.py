"""What operations does unasked: it counts what waits, and gives up what waited too long."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from services.operations.model import Plan
from services.operations.rounds import Rounds
from tests.unit.operations.examples import death
from tests.unit.operations.world import World
from tests.waiting import until

AT_SEARCH = {"listener": "search", "failure_class": "schema"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def rounds(world: World) -> Rounds:
    return Rounds(world.letters, expire_days=90, kept_days=30)


@asynccontextmanager
async def going(round_: Callable[[], Coroutine[None, None, None]]) -> AsyncGenerator[None]:
    task = asyncio.create_task(round_())
    yield
    task.cancel()


def waiting() -> float | None:
    return REGISTRY.get_sample_value("mesh_dead_letters_waiting", AT_SEARCH)


async def test_those_who_watch_are_told_how_many_wait_and_of_none_any_more(
    world: World, rounds: Rounds
) -> None:
    for _ in range(2):
        await world.letters.bury(death("schema"))
    async with going(rounds.work_off):
        await until(lambda: waiting() == 2)

    world.store.letters.clear()
    await rounds.count()

    assert waiting() is None


async def test_what_nobody_decided_about_for_long_is_planned_to_be_given_up(
    world: World, rounds: Rounds
) -> None:
    await world.bury(death())
    world.now += timedelta(days=91)

    async with going(rounds.tidy):
        await until(lambda: world.only.plan is Plan.DISCARD)
    await world.work_off()

    assert [one.id for one in world.listeners.discarded] == [world.only.id]


async def test_what_was_dealt_with_long_ago_is_removed(world: World, rounds: Rounds) -> None:
    one = await world.bury(death())
    world.store.letters[one.id] = one.discard(world.now)
    world.now += timedelta(days=31)

    async with going(rounds.tidy):
        await until(lambda: not world.store.letters)
