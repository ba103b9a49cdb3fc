"""The rows of a queue of turns: who comes next, whose it is, and how it ends."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.cause import Lease
from shared.connections import Session
from shared.database import Database
from shared.envelope import Envelope
from shared.legible import plain
from shared.precedence import advance

LEASE: Final = 6.0
"""Seconds after the last beat until another process may take a turn over."""
NOBODY: Final = UUID(int=0)
"""The owner of what no person is behind."""

# A new row comes in the round after its owner's last, but not before the one that is served next:
# who was away gains no claim on what was served meanwhile. What was handled is not queued again.
_PUT: Final[TextClause] = text("""
    INSERT INTO turns (durable, message_id, generation, owner_id, key, round, headers, body)
    SELECT :durable, :message_id, :generation, :owner_id, :key, greatest(
        coalesce((SELECT max(round) + 1 FROM turns
                  WHERE durable = :durable AND owner_id = :owner_id), 0),
        coalesce((SELECT min(round) FROM turns
                  WHERE durable = :durable AND lease IS NULL AND free_at <= now()),
                 (SELECT max(round) FROM turns WHERE durable = :durable), 0)), :headers, :body
    WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE durable = :durable
                      AND message_id = :message_id AND generation = :generation)
    ON CONFLICT (durable, message_id, generation) DO NOTHING
    RETURNING EXISTS (SELECT 1 FROM advanced WHERE key = :key)
""").bindparams(bindparam("headers", type_=JSONB))
_TAKE: Final = text("""
    UPDATE turns SET lease = :token, free_at = now() + make_interval(secs => :seconds),
                     starts = starts + 1
    WHERE id = (SELECT id FROM turns
                WHERE durable = :durable AND free_at <= now()
                AND owner_id <> ALL(CAST(:but AS uuid[]))
                ORDER BY round, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, owner_id, headers, body, starts, EXISTS (
        SELECT 1 FROM turns AS other WHERE other.durable = :durable
        AND other.free_at <= now() AND other.id <> turns.id) AS more""")
_BEAT: Final = text("""
    UPDATE turns SET free_at = now() + make_interval(secs => :seconds)
    WHERE id = ANY(CAST(:turns AS bigint[])) AND lease = ANY(CAST(:tokens AS uuid[]))
    RETURNING lease""")
_END: Final = text("DELETE FROM turns WHERE id = :turn AND lease = :token")
_RETURN: Final = text("""
    UPDATE turns SET lease = NULL, free_at = now() + make_interval(secs => :seconds)
    WHERE id = :turn AND lease = :token""")
_WITHDRAW: Final = text("DELETE FROM turns WHERE key = :key")
_STATE: Final = text("""
    SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0) AS oldest
    FROM turns WHERE durable = :durable AND lease IS NULL""")


@dataclass(frozen=True, slots=True)
class Turn:
    """A message that was taken out of the queue, and the lease under which it is worked on."""

    lease: Lease
    owner_id: UUID
    headers: dict[str, str]
    body: bytes
    starts: int
    """How often it was taken, this time included."""
    more: bool
    """Whether another one waited beside it, whoever's it is."""


@dataclass(frozen=True, slots=True)
class State:
    """How long a queue is, and how long the oldest in it has waited."""

    waiting: int
    oldest: float


class Queue:
    """One listener's turns in the service's own database, shared by all its processes."""

    def __init__(self, database: Database, durable: str, *, lease: float = LEASE) -> None:
        self._database = database
        self.durable = durable
        self._seconds = lease

    async def put(self, envelope: Envelope, headers: dict[str, str], body: bytes) -> None:
        """Queue a message, once, for the person behind it."""
        row = {
            "durable": self.durable,
            "message_id": envelope.id,
            "generation": envelope.generation,
            "owner_id": envelope.actor or NOBODY,
            "key": envelope.key,
            "headers": {name: plain(text) for name, text in headers.items()},
            "body": plain(body.decode(errors="replace")),
        }
        async with self._database.reading() as session:
            if any((await session.execute(_PUT, row)).scalars()):
                await advance(session, envelope.key)

    async def take(self, token: UUID, *, but: Collection[UUID] = ()) -> Turn | None:
        """Lease the next turn, of nobody named in `but`; None when there is none."""
        asked = {
            "durable": self.durable,
            "token": token,
            "seconds": self._seconds,
            "but": list(but),
        }
        row = (await self._database.ask(_TAKE, asked)).first()
        if row is None:
            return None
        lease = Lease(row.id, token)
        return Turn(lease, row.owner_id, row.headers, row.body.encode(), row.starts, row.more)

    async def beat(self, leases: Sequence[Lease]) -> set[UUID]:
        """Renew leases; answers the tokens of those that are still ours."""
        asked = {
            "turns": [lease.turn for lease in leases],
            "tokens": [lease.token for lease in leases],
            "seconds": self._seconds,
        }
        return set((await self._database.ask(_BEAT, asked)).scalars())

    async def end(self, lease: Lease) -> None:
        """Drop a turn that has reached its outcome, if it is still ours."""
        await self._database.ask(_END, {"turn": lease.turn, "token": lease.token})

    async def give_back(self, lease: Lease, delay: float) -> None:
        """Let a turn be taken again after a while, if it is still ours."""
        asked = {"turn": lease.turn, "token": lease.token, "seconds": delay}
        await self._database.ask(_RETURN, asked)

    async def state(self) -> State:
        """Count what waits."""
        row = (await self._database.ask(_STATE, {"durable": self.durable})).one()
        return State(row.waiting, float(row.oldest))


async def withdraw(session: Session, key: str) -> None:
    """Take back, in a transaction of its own service, what was queued about a thing.

    Whoever works on it notices at the next beat, and can commit nothing from now on.
    """
    await session.execute(_WITHDRAW, {"key": key})
