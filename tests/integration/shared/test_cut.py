"""A cut through all databases is one moment: nothing was heard in it that was never said."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from deploy.backup import cut, outbox
from shared.problems import Away
from tests.integration.shared.hearing import happened
from tests.integration.shared.lab import MANIFESTS, Ear, Happened, Lab
from tests.waiting import until_found

CUTS = 15
PACE = 0.01


@asynccontextmanager
async def talking(lab: Lab, ear: Ear) -> AsyncGenerator[None]:
    """Have the lab say things all the time, and the ear hear them."""
    said, heard = await lab.bus("lab"), await lab.bus("ear")
    heard.on(Happened, ear.hear)
    await said.start()
    await lab.relay(said)
    await heard.start()

    async def talk() -> None:
        while True:
            await lab.say(happened(), happened())
            await asyncio.sleep(PACE)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()


async def test_whatever_one_has_handled_the_other_has_said(lab: Lab, ear: Ear) -> None:
    async with talking(lab, ear):
        await until_found(lambda: _has_heard(lab, 10))
        sizes = [await _cut(lab) for _ in range(CUTS)]

    assert all(handled <= said for handled, said in sizes)
    assert len(sizes[-1][0]) > len(sizes[0][0])


async def _cut(lab: Lab) -> tuple[set[str], set[str]]:
    async with cut.taken(lab.admin_url, MANIFESTS) as moment:
        heard = await moment.connections["ear"].fetch("SELECT message_id FROM inbox")
        said = await moment.connections["lab"].fetch("SELECT message_id::text FROM outbox")
    return {row[0] for row in heard}, {row[0] for row in said}


async def test_who_is_busy_for_long_is_waited_for_and_nobody_is_held_up_in_the_end(
    lab: Lab,
) -> None:
    hasty = cut.Patience(tries=(0.1, 0.1), between=0.0)
    busy = await asyncpg.connect(lab.database_url("ear").replace("+asyncpg", ""))
    lab.stack.push_async_callback(busy.close)

    async with busy.transaction():
        await busy.execute("INSERT INTO inbox (durable, message_id) VALUES ('a', 'b')")
        with pytest.raises(Away, match="never still"):
            async with cut.taken(lab.admin_url, MANIFESTS, hasty):
                """It does not come to that."""

    await lab.say(happened())
    async with cut.taken(lab.admin_url, MANIFESTS) as moment:
        await lab.say(happened())
        assert await moment.connections["lab"].fetchval("SELECT count(*) FROM outbox") == 1


async def test_what_is_said_again_from_the_outbox_counts_once(lab: Lab, ear: Ear) -> None:
    async with talking(lab, ear):
        await until_found(lambda: _has_heard(lab, 20))
    await until_found(lambda: _all_heard(lab))
    effects = await lab.count("ear", "effects")

    async with cut.connected(lab.admin_url, "lab") as connection:
        count, last = await outbox.how_much(connection, None)
        slices = [
            one async for one in outbox.say_again(connection, last=last, since=None, at_once=7)
        ]
        await until_found(lambda: _is_carried(connection, last))

    assert sum(one.count for one in slices) == count == effects
    assert [one.last for one in slices] == sorted(one.last for one in slices)
    await until_found(lambda: _all_heard(lab))
    assert await lab.count("ear", "effects") == effects


async def _has_heard(lab: Lab, many: int) -> bool:
    return await lab.count("ear", "effects") >= many


async def _is_carried(connection: asyncpg.Connection, last: int) -> bool:
    return not await outbox.waiting(connection, last)


async def _all_heard(lab: Lab) -> bool:
    said = await lab.count("lab", "outbox")
    return said > 0 and await lab.count("ear", "inbox") == said
