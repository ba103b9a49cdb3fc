"""Looking for orphans: asked in batches, told with examples, counted only once they stay."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest
from prometheus_client import REGISTRY

from contracts.orphans import (
    AT_ONCE,
    FindDocumentOrphans,
    Sweeping,
    WhichDocumentsLive,
    unknown,
)
from shared.cause import Cause, new_id
from shared.problems import Away
from tests.holding import Holding
from tests.waiting import until


async def test_many_ids_are_asked_about_a_thousand_at_a_time() -> None:
    ids = [new_id() for _ in range(2 * AT_ONCE + 1)]
    owner = Holding({WhichDocumentsLive: set(ids[1:])})

    assert await unknown(owner, WhichDocumentsLive, ids, Cause()) == {ids[0]}
    assert owner.asked == [AT_ONCE, AT_ONCE, 1]


async def test_nobody_is_asked_about_nothing() -> None:
    owner = Holding()

    assert await unknown(owner, WhichDocumentsLive, [], Cause()) == set()
    assert owner.asked == []


async def test_a_look_tells_counts_and_some_examples_and_what_there_is_none_of() -> None:
    async def look(_: Cause) -> Mapping[str, set[str]]:
        return {"text": {f"{number:02}" for number in range(30)}, "file": set()}

    found = await Sweeping(look).find(FindDocumentOrphans(), Cause())

    some, none = found.groups
    assert (some.kind, some.count, some.examples) == ("text", 30, [f"{n:02}" for n in range(10)])
    assert (none.kind, none.count, none.examples) == ("file", 0, [])


async def test_only_what_two_looks_in_a_row_find_counts() -> None:
    first, third = {"passing", "staying"}, {"staying", "new"}
    looks: Iterator[set[str] | Away] = iter([first, Away("asleep"), third])
    done = asyncio.Event()

    async def look(_: Cause) -> Mapping[str, set[str]]:
        found = next(looks, None)
        if found is None:
            done.set()
            await asyncio.Event().wait()
            raise AssertionError
        if isinstance(found, Away):
            raise found
        return {"two-looks": found}

    sweeping = asyncio.create_task(Sweeping(look).run(0.0))
    await until(done.is_set)
    sweeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweeping

    assert REGISTRY.get_sample_value("mesh_orphans", {"kind": "two-looks"}) == 1
