"""The rows of what waits for its order: behind a message that failed, later ones of its key."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.database import Database
from shared.envelope import GENERATION
from shared.legible import is_name, number, plain

# Rows of one durable, key and generation stand in the order of the owner's versions, and where
# those say nothing in the order of arrival. What has no row yet stands behind its own version.
_AHEAD: Final = text("""
    SELECT 1 FROM parked AS other WHERE durable = :durable AND key = :key
    AND generation = :generation AND message_id <> :message_id
    AND (state <> 'trying' OR updated_at > now() - make_interval(secs => :forgotten))
    AND (sequence, place) < (:sequence, coalesce(
        (SELECT place FROM parked WHERE durable = :durable AND message_id = :message_id
         AND generation = :generation), 9223372036854775807))
    LIMIT 1""")
# What was handled or given up meanwhile holds nobody up; what was parked keeps its place. It is not
# left to the broker again by who tries a repetition of it: an ack that comes late may end that.
_PUT: Final[TextClause] = text("""
    INSERT INTO parked (durable, key, generation, message_id, sequence, state, headers, body,
                        free_at)
    SELECT :durable, :key, :generation, :message_id, :sequence, :state, :headers, :body,
           now() + make_interval(secs => :delay)
    WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE durable = :durable
                      AND message_id = :message_id AND generation = :generation)
    ON CONFLICT (durable, message_id, generation) DO UPDATE
    SET state = CASE WHEN parked.state = 'parked' AND excluded.state = 'trying' THEN 'parked'
                     ELSE excluded.state END, headers = excluded.headers, body = excluded.body,
        free_at = excluded.free_at, updated_at = now()
""").bindparams(bindparam("headers", type_=JSONB))
_LEAVE: Final = text("""
    DELETE FROM parked WHERE durable = :durable AND message_id = :message_id
    AND generation = :generation""")
_FIRST: Final = text("""
    SELECT * FROM parked WHERE durable = :durable AND key = :key AND generation = :generation
    AND (state <> 'trying' OR updated_at > now() - make_interval(secs => :forgotten))
    ORDER BY sequence, place LIMIT 1""")
# A crash may have left behind what was handled.
_CLEAN: Final = text("""
    DELETE FROM parked USING inbox WHERE inbox.durable = parked.durable
    AND inbox.message_id = parked.message_id AND inbox.generation = parked.generation
    RETURNING 1""")
_LINES: Final = text("""
    SELECT DISTINCT ON (durable, key, generation) durable, key, generation,
        state = 'parked' AND free_at <= now() AS free,
        count(*) FILTER (WHERE state = 'parked') OVER (PARTITION BY durable, key, generation)
            AS waiting
    FROM parked WHERE state <> 'trying' OR updated_at > now() - make_interval(secs => :forgotten)
    ORDER BY durable, key, generation, sequence, place""")
_ALONE: Final = text("""
    SELECT pg_try_advisory_xact_lock(hashtextextended(
        CAST(:durable AS text) || ' ' || CAST(:generation AS integer) || ' ' || :key, 0))""")

FORGOTTEN: Final = 3600.0
"""Seconds after which a message that is said to be tried again, and is not, holds nobody up."""


class State(StrEnum):
    """Why a message has a row."""

    TRYING = "trying"
    """It failed, and the broker brings it again."""
    DEAD = "dead"
    """It was kept aside, and waits for operators."""
    PARKED = "parked"
    """It waits behind another; the broker has forgotten it, so the row holds all of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """Those who wait for each other: messages about one thing, for one listener."""

    durable: str
    key: str
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a message is, and in which line it stands."""

    line: Line
    message_id: str
    sequence: int

    @classmethod
    def of(cls, durable: str, headers: dict[str, str]) -> Self | None:
        """Read it from a message's headers; None for what is about nothing, or nobody knows."""
        key, message_id = headers.get("ce-partitionkey"), headers.get("ce-id")
        if not key or not message_id or not (is_name(key) and is_name(message_id)):
            return None
        line = Line(durable, key, number(headers.get(GENERATION, "")))
        return cls(line, message_id, number(headers.get("ce-sequence", "")))

    def row(self) -> dict[str, object]:
        """Write it for SQL."""
        return {
            "durable": self.line.durable,
            "key": self.line.key,
            "generation": self.line.generation,
            "message_id": self.message_id,
            "sequence": self.sequence,
            "forgotten": FORGOTTEN,
        }


@dataclass(frozen=True, slots=True)
class Parked:
    """The first of a line, with all that the broker knew of it."""

    standing: Standing
    state: State
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Sight:
    """One line as it stands: whether its first may be run, and how many wait in it."""

    line: Line
    free: bool
    waiting: int


class Parking:
    """All lines of a service, in its own database, shared by all its processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ahead(self, standing: Standing) -> bool:
        """Say whether another stands before it."""
        return (await self._database.ask(_AHEAD, standing.row())).first() is not None

    async def put(
        self,
        standing: Standing,
        state: State,
        headers: dict[str, str],
        body: bytes,
        *,
        delay: float = 0.0,
    ) -> None:
        """Give it its place in the line, or change why it stands there."""
        row = standing.row() | {
            "state": state.value,
            "headers": {name: plain(text) for name, text in headers.items()},
            "body": body,
            "delay": delay,
        }
        await self._database.ask(_PUT, row)

    async def leave(self, standing: Standing) -> None:
        """Go out of the line."""
        await self._database.ask(_LEAVE, standing.row())

    async def first(self, line: Line) -> Parked | None:
        """See who stands first."""
        where = {
            "durable": line.durable,
            "key": line.key,
            "generation": line.generation,
            "forgotten": FORGOTTEN,
        }
        row = (await self._database.ask(_FIRST, where)).one_or_none()
        if row is None:
            return None
        standing = Standing(line, row.message_id, row.sequence)
        return Parked(standing, State(row.state), dict(row.headers), bytes(row.body))

    async def lines(self) -> list[Sight]:
        """See every line there is, without those who were handled."""
        found = (await self._database.ask(_LINES, {"forgotten": FORGOTTEN})).all()
        if found and (await self._database.ask(_CLEAN)).all():
            found = (await self._database.ask(_LINES, {"forgotten": FORGOTTEN})).all()
        return [
            Sight(Line(row.durable, row.key, row.generation), bool(row.free), row.waiting)
            for row in found
        ]

    @asynccontextmanager
    async def alone(self, line: Line) -> AsyncGenerator[bool]:
        """Be the only process that works a line off; yields whether we are."""
        where = {"durable": line.durable, "key": line.key, "generation": line.generation}
        async with self._database.reading() as session:
            yield bool((await session.execute(_ALONE, where)).scalar_one())
