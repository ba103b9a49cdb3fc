"""The mesh's own count of what went wrong with a message, kept where a crash cannot lose it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import TextClause, text

from shared.cause import Delivery
from shared.database import Database
from shared.legible import plain

_START: Final = text("""
    INSERT INTO attempts (durable, message_id, generation, starts)
    VALUES (:durable, :message_id, :generation, 1)
    ON CONFLICT (durable, message_id, generation)
    DO UPDATE SET starts = attempts.starts + 1, updated_at = now()
    RETURNING errors, starts""")
_FAIL: Final = text("""
    INSERT INTO attempts (durable, message_id, generation, errors, last_error)
    VALUES (:durable, :message_id, :generation, 1, :error)
    ON CONFLICT (durable, message_id, generation)
    DO UPDATE SET errors = attempts.errors + 1, starts = 0, last_error = :error, updated_at = now()
    RETURNING errors, starts""")
_RETURN: Final = text("""
    UPDATE attempts SET starts = 0, updated_at = now()
    WHERE durable = :durable AND message_id = :message_id AND generation = :generation""")
_FORGET: Final = text("""
    DELETE FROM attempts
    WHERE durable = :durable AND message_id = :message_id AND generation = :generation""")


@dataclass(frozen=True, slots=True)
class Count:
    """How often it failed with an error, and how often it was begun since without any outcome."""

    errors: int
    starts: int


class Attempts:
    """Counts errors and unexplained starts of one message in the hands of one listener."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, delivery: Delivery) -> Count:
        """Count a start, before the work, so that a message that kills its process is found out."""
        return await self._count(_START, delivery)

    async def fail(self, delivery: Delivery, error: str) -> Count:
        """Count an error; with it the starts so far are explained."""
        return await self._count(_FAIL, delivery, error=plain(error[:2_000]))

    async def give_back(self, delivery: Delivery) -> None:
        """Say that it was handed back unharmed, as when the process drains."""
        await self._database.ask(_RETURN, _key(delivery))

    async def forget(self, delivery: Delivery) -> None:
        """Drop the count of a message that has reached its end."""
        await self._database.ask(_FORGET, _key(delivery))

    async def _count(self, statement: TextClause, delivery: Delivery, **more: str) -> Count:
        row = (await self._database.ask(statement, {**_key(delivery), **more})).one()
        return Count(row.errors, row.starts)


def _key(delivery: Delivery) -> dict[str, str | int]:
    return {
        "durable": delivery.durable,
        "message_id": delivery.message_id,
        "generation": delivery.generation,
    }
