"""What every store of dead letters promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.operations.model import LetterNotFound, Plan, State, Wanted
from services.operations.ports import Store
from shared.cause import Cause, new_id
from tests.unit.operations.examples import NOON, death, letter

CAUSE = Cause()


class StoreBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_what_was_put_is_found_again_as_it_was(self, store: Store) -> None:
        one = replace(letter(), edited=b"{}", plan=Plan.REDRIVE, due_at=NOON)

        async with store.begin(CAUSE) as tx:
            await tx.put(one)

        async with store.begin(CAUSE) as tx:
            assert await tx.get(one.id) == one
            assert await tx.of(one.death) == one
            assert await tx.of(death()) is None

    async def test_what_is_not_there_is_said_so(self, store: Store) -> None:
        async with store.begin(CAUSE) as tx:
            with pytest.raises(LetterNotFound):
                await tx.get(new_id())

    async def test_putting_it_again_changes_it(self, store: Store) -> None:
        one = letter()
        async with store.begin(CAUSE) as tx:
            await tx.put(one)
            await tx.put(one.discard(NOON))

        async with store.begin(CAUSE) as tx:
            assert (await tx.get(one.id)).state is State.DISCARDED

    async def test_filters_choose_and_the_newest_comes_first(self, store: Store) -> None:
        old, new = letter(service="filtered"), letter(service="filtered")
        other = letter("schema", service="filtered", code="bad-body")
        async with store.begin(CAUSE) as tx:
            for one in (old, new, other.discard(NOON)):
                await tx.put(one)

        async with store.begin(CAUSE) as tx:
            where = Wanted(service="filtered", kind="handler")
            found = await tx.find(where, 10)
            assert [one.id for one in found] == [new.id, old.id]
            assert [one.id for one in await tx.find(where, 10, before=new.id)] == [old.id]
            gone = await tx.find(Wanted(service="filtered", state="discarded"), 10)
            assert [one.id for one in gone] == [other.id]
            assert await tx.find(Wanted(service="filtered", died_before=NOON), 10) == []

    async def test_groups_count_by_fingerprint(self, store: Store) -> None:
        letters = [letter(service=name, code="Grouped") for name in ("quiz", "quiz", "search")]
        async with store.begin(CAUSE) as tx:
            for one in (*letters[:2], letters[2].redrive(NOON)):
                await tx.put(one)

        async with store.begin(CAUSE) as tx:
            [group] = await tx.groups(Wanted(fingerprint="print-of-Grouped"), 10)

        assert group.counts == {State.WAITING: 2, State.REDRIVEN: 1, State.DISCARDED: 0}
        assert sorted(group.services) == ["quiz", "search"]
        assert group.latest.code == "Grouped"

    async def test_what_is_planned_comes_due_at_its_rate_oldest_first(self, store: Store) -> None:
        letters = [letter(service="planned") for _ in range(3)]
        async with store.begin(CAUSE) as tx:
            for one in (*letters, letter(service="planned").discard(NOON)):
                await tx.put(one)

            planned = await tx.schedule(Wanted(service="planned"), Plan.DISCARD, NOON, rate=2)

        assert planned == 3
        half = timedelta(seconds=0.5)
        for number, one in enumerate(letters):
            async with store.begin(CAUSE) as tx:
                assert await tx.due(NOON + number * half - half / 2) is None
                due = await tx.due(NOON + number * half)
                assert due is not None
                assert (due.id, due.plan) == (one.id, Plan.DISCARD)
                await tx.put(due.discard(NOON))

    async def test_what_nobody_could_know_again_is_not_planned_to_be_redriven(
        self, store: Store
    ) -> None:
        nameless = replace(death(service="nameless"), headers={})
        async with store.begin(CAUSE) as tx:
            await tx.put(replace(letter(), death=nameless))

            assert await tx.schedule(Wanted(service="nameless"), Plan.REDRIVE, NOON, 1) == 0

    async def test_what_ended_long_ago_is_forgotten_what_waits_is_not(self, store: Store) -> None:
        waiting, ended = letter(), letter().redrive(NOON)
        async with store.begin(CAUSE) as tx:
            await tx.put(waiting)
            await tx.put(ended)

            await tx.forget(NOON)
            assert (await tx.get(ended.id)).id == ended.id
            await tx.forget(NOON + timedelta(seconds=1))

            assert (await tx.get(waiting.id)).id == waiting.id
            with pytest.raises(LetterNotFound):
                await tx.get(ended.id)

    async def test_those_that_wait_are_counted(self, store: Store) -> None:
        async with store.begin(CAUSE) as tx:
            for kind in ("schema", "schema", "transient"):
                await tx.put(letter(kind, service="counted"))

            waiting = await tx.waiting()

        assert {where: n for where, n in waiting.items() if where[0] == "counted"} == {
            ("counted", "schema"): 2,
            ("counted", "transient"): 1,
        }
