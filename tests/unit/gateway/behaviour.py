"""What pushes and passes promise, whatever keeps them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from uuid import UUID

from services.gateway.ports import Passes, Pushed, Pushes
from shared.cause import new_id
from tests.unit.gateway.conftest import somebody

Push = Callable[[UUID, str], Awaitable[int]]


async def taken(pushes: Pushes, user: UUID, after: int, count: int) -> list[Pushed]:
    """Follow until so many came."""
    async with asyncio.timeout(10), aclosing(pushes.follow(user, after)) as following:
        return [await anext(following) for _ in range(count)]


class PushesBehaviour:
    """Inherit, provide `pushes` and `push`, and be held to it."""

    async def test_offsets_rise_and_each_person_has_their_own(
        self, pushes: Pushes, push: Push
    ) -> None:
        me, other = new_id(), new_id()
        mine = [await push(me, "a.1")]
        await push(other, "b.1")
        mine.append(await push(me, "a.2"))

        told = await taken(pushes, me, mine[0] - 1, 2)

        assert [one.offset for one in told] == mine
        assert [one.name for one in told] == ["a.1", "a.2"]
        assert len({one.id for one in told}) == 2

    async def test_following_from_an_offset_leaves_out_what_came_before(
        self, pushes: Pushes, push: Push
    ) -> None:
        me = new_id()
        offsets = [await push(me, f"a.{number}") for number in range(5)]

        told = await taken(pushes, me, offsets[2], 2)

        assert [one.name for one in told] == ["a.3", "a.4"]

    async def test_following_goes_on_with_what_comes_later(
        self, pushes: Pushes, push: Push
    ) -> None:
        me = new_id()
        first = await push(me, "a.0")
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            following = group.create_task(taken(pushes, me, first - 1, 200))
            for number in range(1, 200):
                await push(me, f"a.{number}")

        assert [one.name for one in following.result()] == [f"a.{n}" for n in range(200)]

    async def test_a_mark_names_the_last_offset_of_the_person(
        self, pushes: Pushes, push: Push
    ) -> None:
        me, other = new_id(), new_id()
        mine = await push(me, "a.1")
        newest = await push(other, "b.1")

        mark = await pushes.mark(me)

        assert (mark.last, mark.offset) == (mine, mine)
        assert mark.newest >= newest
        assert mark.epoch == (await pushes.mark(other)).epoch

    async def test_somebody_new_stands_where_everybody_stands(
        self, pushes: Pushes, push: Push
    ) -> None:
        newest = await push(new_id(), "b.1")

        mark = await pushes.mark(me := new_id())
        mine = await push(me, "a.1")

        assert (mark.last, mark.offset) == (0, newest)
        assert [one.offset for one in await taken(pushes, me, mark.offset, 1)] == [mine]


class PassesBehaviour:
    """Inherit, provide `passes`, and be held to it."""

    async def test_a_ticket_tells_whose_it_is_once(self, passes: Passes) -> None:
        caller = somebody("administrator")
        ticket = await passes.issue(caller)

        assert await passes.redeem(ticket) == caller
        assert await passes.redeem(ticket) is None

    async def test_of_many_who_use_it_at_once_one_gets_in(self, passes: Passes) -> None:
        ticket = await passes.issue(somebody())

        let_in = await asyncio.gather(*(passes.redeem(ticket) for _ in range(8)))

        assert len([one for one in let_in if one is not None]) == 1

    async def test_what_was_never_made_opens_nothing(self, passes: Passes) -> None:
        for ticket in ("", "x", "*", ">", "a b", "\N{SNOWMAN}"):
            assert await passes.redeem(ticket) is None
