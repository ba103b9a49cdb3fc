"""Uploads take turns, and nobody takes all of them."""

import asyncio

import pytest

from services.gateway.uploads import slots
from services.gateway.uploads.slots import Slots
from shared.cause import new_id
from shared.problems import Away
from tests.waiting import until

ADA, BOB = new_id(), new_id()


async def test_one_person_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_PATIENCE", 0.01)
    places = Slots(3, 2)

    async with places.take(ADA), places.take(ADA):
        with pytest.raises(Away, match="on their way"):
            async with places.take(ADA):
                pass
        async with places.take(BOB):
            with pytest.raises(Away):
                async with places.take(BOB):
                    pass

    async with places.take(ADA), places.take(ADA):
        pass


async def test_who_waits_goes_on_when_a_place_gets_free() -> None:
    places = Slots(1, 1)
    done: list[int] = []

    async def upload(number: int) -> None:
        async with places.take(new_id()):
            done.append(number)

    async with asyncio.TaskGroup() as group:
        async with places.take(ADA):
            for number in range(3):
                group.create_task(upload(number))
        await until(lambda: len(done) == 3)

    assert sorted(done) == [0, 1, 2]
