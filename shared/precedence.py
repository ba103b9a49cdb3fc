"""What somebody wants to come first of all that they have waiting in a queue of turns."""

from typing import Final

from sqlalchemy import text

from shared.connections import Session

# Its owner's waiting turns get the same rounds in another order, so that nobody else's move.
_ADVANCE: Final = text("""
    WITH own AS (
        SELECT id, durable, round,
               row_number() OVER (PARTITION BY durable ORDER BY round, id) AS place,
               row_number() OVER (PARTITION BY durable ORDER BY key <> :key, round, id) AS wanted
        FROM turns
        WHERE lease IS NULL AND (durable, owner_id) IN (
            SELECT durable, owner_id FROM turns WHERE key = :key AND lease IS NULL)
    )
    UPDATE turns SET round = theirs.round
    FROM own JOIN own AS theirs ON theirs.durable = own.durable AND theirs.place = own.wanted
    WHERE turns.id = own.id AND turns.lease IS NULL AND turns.round <> theirs.round""")
_REMEMBER: Final = text("""
    INSERT INTO advanced (key)
    SELECT CAST(:key AS text) WHERE NOT EXISTS (SELECT 1 FROM turns WHERE key = :key)
    ON CONFLICT (key) DO NOTHING""")
_FORGET: Final = text("DELETE FROM advanced WHERE key = :key OR at < now() - interval '1 day'")


async def advance(session: Session, key: str) -> None:
    """Let what is queued about a thing come next of what its owner has waiting.

    If nothing of it is queued yet, what will be within a day comes next then.
    """
    asked = {"key": key}
    await session.execute(_FORGET, asked)
    await session.execute(_ADVANCE, asked)
    await session.execute(_REMEMBER, asked)
