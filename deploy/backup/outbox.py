"""What was said, said again: published rows of the outboxes wait once more, and relays carry them.

Whoever handled them knows their ids, so they count for those only who lost them.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

# Frames are news for tabs that are open now: a tab that missed some is told to look again.
_KEPT: Final = "published_at IS NOT NULL AND address NOT LIKE 'push.%'"
_LAST: Final = "SELECT coalesce(max(id), 0) FROM outbox"
_COUNT: Final = f"""
    SELECT count(*) FROM outbox WHERE {_KEPT} AND id <= $1
    AND ($2::timestamptz IS NULL OR published_at >= $2)"""  # noqa: S608  # our own words
# It waits since now: how old the oldest is that waits tells whether the broker takes anything.
_AGAIN: Final = f"""
    WITH again AS (
        UPDATE outbox SET published_at = NULL, created_at = now()
        WHERE id IN (
            SELECT id FROM outbox WHERE {_KEPT} AND id > $1 AND id <= $2
            AND ($3::timestamptz IS NULL OR published_at >= $3) ORDER BY id LIMIT $4
        ) RETURNING id)
    SELECT max(id) AS last, count(*) AS count FROM again"""  # noqa: S608  # our own words
_WAITING: Final = "SELECT count(*) FROM outbox WHERE published_at IS NULL AND id <= $1"

# What was handled is remembered for a while from when it was restored: what was said waits again.
_FRESH: Final = (
    f"UPDATE outbox SET published_at = NULL, created_at = now() WHERE {_KEPT}",  # noqa: S608
    "UPDATE outbox SET published_at = now() WHERE published_at IS NOT NULL",
    "UPDATE inbox SET handled_at = now()",
    "UPDATE attempts SET updated_at = now()",
)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some that wait again: how many, and up to which row."""

    count: int
    last: int


async def say_all_again(connection: asyncpg.Connection) -> int:
    """Let all that a restored outbox keeps wait again, before anybody sweeps what is old."""
    done = await connection.execute(_FRESH[0])
    for statement in _FRESH[1:]:
        await connection.execute(statement)
    return int(done.rpartition(" ")[2])


async def how_much(connection: asyncpg.Connection, since: datetime | None) -> tuple[int, int]:
    """Count what was published and is kept, and tell up to which row."""
    last = int(await connection.fetchval(_LAST))
    return int(await connection.fetchval(_COUNT, last, since)), last


async def say_again(
    connection: asyncpg.Connection, *, last: int, since: datetime | None, at_once: int
) -> AsyncGenerator[Slice]:
    """Let it wait again slice by slice, in order, so that what is new waits behind one at most."""
    after = 0
    while True:
        row = await connection.fetchrow(_AGAIN, after, last, since, at_once)
        if row is None or not row["count"]:
            return
        after = int(row["last"])
        yield Slice(int(row["count"]), after)


async def waiting(connection: asyncpg.Connection, upto: int) -> int:
    """Tell how many wait among the rows up to one."""
    return int(await connection.fetchval(_WAITING, upto))
