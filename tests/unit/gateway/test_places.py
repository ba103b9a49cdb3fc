"""Places are shared fairly: nobody takes all of them, and who is slow makes room for others."""

import asyncio
from collections.abc import Hashable
from contextlib import AsyncExitStack

import pytest

from services.gateway.pace import Pace, Tempo, TooSlow
from services.gateway.places import GaveWay, Place, Places
from shared.problems import Away
from tests.waiting import until

ADA, BOB, CAROL, DAN = "Ada", "Bob", "Carol", "Dan"
HASTY = Tempo(bytes_per_second=100, grace=10, patience=0.01)
CALM = Tempo(bytes_per_second=100, grace=10, patience=60, look=0.01)


class Clock:
    """A time that passes when it is told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def never() -> bytes:
    """Be somebody who sends nothing more."""
    await asyncio.Event().wait()
    return b""


async def upload(places: Places, holder: Hashable, held: list[Place]) -> None:
    """Hold a place, and wait for somebody who sends nothing."""
    async with places.take(holder) as place:
        held.append(place)
        await place.wait_for(never(), 60)


class Hall:
    """Uploads that go on side by side."""

    def __init__(self, group: asyncio.TaskGroup, places: Places) -> None:
        self.group = group
        self.places = places
        self.held: list[Place] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def enter(self, holder: Hashable) -> Place:
        """Have one begin, and be sure that it waits for its sender."""
        entered = len(self.held)
        self.call(holder)
        await until(lambda: len(self.held) > entered)
        return self.held[-1]

    def call(self, holder: Hashable) -> "asyncio.Task[None]":
        """Have one ask for a place."""

        async def ask() -> None:
            try:
                await upload(self.places, holder, self.held)
            except GaveWay:
                return

        self.tasks.append(self.group.create_task(ask()))
        return self.tasks[-1]

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()


class TestTaking:
    async def test_one_person_leaves_room_for_others(self) -> None:
        places = Places(3, 2, HASTY)

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

    async def test_the_last_quarter_is_for_who_has_none(self) -> None:
        places = Places(8, 4, HASTY)

        async with AsyncExitStack() as stack:
            for holder in (ADA, ADA, ADA, ADA, BOB, BOB):
                await stack.enter_async_context(places.take(holder))
            with pytest.raises(Away):
                await stack.enter_async_context(places.take(BOB))

            for holder in (CAROL, DAN):
                await stack.enter_async_context(places.take(holder))

    async def test_who_waits_goes_on_when_a_place_gets_free(self) -> None:
        places = Places(1, 1)
        done: list[int] = []

        async def wait(number: int) -> None:
            async with places.take(number):
                done.append(number)

        async with asyncio.TaskGroup() as group:
            async with places.take(ADA):
                for number in range(3):
                    group.create_task(wait(number))
            await until(lambda: len(done) == 3)

        assert done == [0, 1, 2]

    async def test_a_free_place_goes_to_who_has_none_though_others_came_before(self) -> None:
        places = Places(2, 2)
        async with asyncio.TaskGroup() as group:
            hall = Hall(group, places)
            await hall.enter(ADA)
            await hall.enter(ADA)
            for holder in (ADA, ADA, BOB):
                hall.call(holder)
            hall.tasks[0].cancel()
            await until(lambda: len(hall.held) == 3)
            hall.close()

        assert [place.holder for place in hall.held] == [ADA, ADA, BOB]

    async def test_who_goes_while_waiting_is_given_nothing(self) -> None:
        places = Places(1, 1)
        async with asyncio.TaskGroup() as group:
            hall = Hall(group, places)
            async with places.take(ADA):
                hall.call(BOB)
                await asyncio.wait(hall.tasks, timeout=0)
                hall.close()
        async with places.take(CAROL) as place:
            assert place.held.is_set()


class TestGivingWay:
    async def test_who_drips_keeps_the_place_until_somebody_with_fewer_waits(self) -> None:
        clock = Clock()
        places = Places(3, 2, CALM, clock)
        async with asyncio.TaskGroup() as group:
            hall = Hall(group, places)
            for holder in (ADA, ADA, BOB):
                await hall.enter(holder)
            clock.now += 11
            places.settle()
            assert not any(place.gives_way for place in hall.held)

            hall.call(CAROL)
            await until(lambda: len(hall.held) == 4)
            hall.close()

        assert [place.holder for place in hall.held if place.gives_way] == [ADA]

    async def test_two_who_drip_cannot_keep_anybody_out(self) -> None:
        clock = Clock()
        places = Places(16, 8, CALM, clock)
        async with asyncio.TaskGroup() as group:
            hall = Hall(group, places)
            for number in range(12):
                await hall.enter((ADA, BOB)[number % 2])
            others = [f"somebody {number}" for number in range(12)]
            for other in others[:4]:
                await hall.enter(other)
            for other in others[4:]:
                hall.call(other)
            clock.now += 11

            await until(lambda: len(hall.held) == 24)
            hall.close()

        assert {place.holder for place in hall.held[12:]} == set(others)

    async def test_nobody_loses_the_only_place_to_who_has_one(self) -> None:
        clock = Clock()
        places = Places(2, 2, CALM, clock)
        async with asyncio.TaskGroup() as group:
            hall = Hall(group, places)
            for holder in (ADA, BOB):
                await hall.enter(holder)
            clock.now += 100
            hall.call(BOB)
            await asyncio.wait(hall.tasks, timeout=0)
            places.settle()
            assert not any(place.gives_way for place in hall.held)
            hall.close()

    async def test_who_is_not_waited_for_stays_though_others_wait(self) -> None:
        clock = Clock()
        places = Places(2, 2, CALM, clock)
        async with asyncio.TaskGroup() as group, places.take(ADA) as busy:
            hall = Hall(group, places)
            slow = await hall.enter(ADA)
            clock.now += 11
            hall.call(BOB)
            await until(lambda: len(hall.held) == 2)
            hall.close()

        assert (busy.gives_way, slow.gives_way) == (False, True)

    async def test_it_is_told_why_and_when_to_come_back(self) -> None:
        async with Places(1, 1, CALM).take(ADA) as place:
            place.give_way()

            with pytest.raises(GaveWay) as told:
                await place.wait_for(never(), 60)

        assert told.value.members == {"least_bytes_per_second": 100, "retry_after": 10}

    async def test_who_falls_silent_is_not_waited_for(self) -> None:
        async with Places(1, 1).take(ADA) as place:
            with pytest.raises(TooSlow, match=r"0\.01 s"):
                await place.wait_for(never(), 0.01)


class TestPace:
    def test_bytes_buy_time_up_to_the_grace(self) -> None:
        pace = Pace(Tempo(bytes_per_second=100, grace=10))

        pace.moved(1_000_000)
        pace.wait(0)

        assert pace.left(8) == 2
        assert pace.left(11) == -1

    def test_only_waiting_for_the_other_side_costs(self) -> None:
        pace = Pace(Tempo(bytes_per_second=100, grace=10))

        for start in (0, 100, 200):
            pace.wait(start)
            pace.go_on(start + 3)

        assert pace.left(1_000) == 1
