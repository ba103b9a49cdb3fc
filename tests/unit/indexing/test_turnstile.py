"""The turnstile lets people through in turn, however many of them somebody sends."""

import asyncio
from collections import Counter
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.indexing.embed.turnstile import Turnstile

A, B, C = (UUID(int=number) for number in range(1, 4))
CROWDS = st.dictionaries(st.sampled_from([A, B, C]), st.integers(1, 12), min_size=2)


class Visit:
    """People who pass one turnstile, and in which order they did."""

    def __init__(self, places: int = 1) -> None:
        self.turnstile = Turnstile(places)
        self.passed: list[UUID] = []
        self.inside = 0
        self.most = 0

    async def pass_through(self, owner: UUID) -> None:
        async with self.turnstile.place(owner):
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(0)
            self.inside -= 1
            self.passed.append(owner)


class TestTurnstile:
    @given(CROWDS, st.integers(1, 3))
    async def test_until_ones_own_are_through_nobody_else_passes_twice_between(
        self, crowds: dict[UUID, int], places: int
    ) -> None:
        visit = Visit(places)
        everybody = [owner for owner, count in crowds.items() for _ in range(count)]

        await asyncio.gather(*(visit.pass_through(owner) for owner in everybody))

        assert Counter(visit.passed) == crowds
        assert visit.most <= places
        in_turn = visit.passed[places:]  # the first find free places, whoever they are
        for owner in crowds:
            own = [number for number, passed in enumerate(in_turn) if passed == owner]
            for before, after in pairwise(own):
                between = Counter(in_turn[before + 1 : after])
                assert all(times == 1 for times in between.values())

    async def test_who_comes_later_waits_for_one_of_each_only(self) -> None:
        visit = Visit()
        crowd = [asyncio.create_task(visit.pass_through(A)) for _ in range(50)]
        await asyncio.sleep(0)

        await visit.pass_through(B)

        assert len(visit.passed) <= 3
        await asyncio.gather(*crowd)

    async def test_who_gives_up_waiting_keeps_nobody_out(self) -> None:
        visit = Visit()
        async with visit.turnstile.place(A):
            gone = asyncio.create_task(visit.pass_through(B))
            waits = asyncio.create_task(visit.pass_through(C))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.wait({gone})

        await waits
        await visit.pass_through(A)
        assert visit.passed == [C, A]

    async def test_who_is_called_and_gives_up_at_that_moment_hands_the_place_on(self) -> None:
        visit = Visit()
        async with visit.turnstile.place(A):
            called = asyncio.create_task(visit.pass_through(B))
            await asyncio.sleep(0)
        called.cancel()
        await asyncio.wait({called})

        async with asyncio.timeout(5):
            await visit.pass_through(C)
        assert visit.passed == [C]
