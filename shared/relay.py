"""Carries the outbox to the broker: in order, many at once, never skipping a late committer."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import text

from shared.connections import Row
from shared.database import Database
from shared.problems import Away

BATCH: Final = 256
IDLE: Final = 1.0
"""Seconds after which the outbox is looked at unasked, for what another replica left behind."""

WAITING: Final = Gauge("mesh_outbox_waiting", "Messages that wait to be published")
OLDEST: Final = Gauge("mesh_outbox_oldest_seconds", "Age of the oldest message that waits")
PUBLISHED: Final = Counter("mesh_outbox_published_total", "Messages that the broker has stored")

# There is no cursor: what another relay holds is skipped and stays unpublished, and a transaction
# that took its number early and commits late is found at the next look.
_NEXT: Final = text("""
    SELECT id, message_id, address, headers, body FROM outbox
    WHERE published_at IS NULL ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED""")
_SOME: Final = text("SELECT EXISTS (SELECT 1 FROM outbox WHERE published_at IS NULL)")
_PUBLISHED: Final = text("UPDATE outbox SET published_at = now() WHERE id = ANY(:ids)")
_STATE: Final = text("""
    SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0) AS oldest
    FROM outbox WHERE published_at IS NULL""")
_SWEEP_OUTBOX: Final = text(
    "DELETE FROM outbox WHERE published_at < now() - make_interval(secs => :kept)"
)
_SWEEP_INBOX: Final = text(
    "DELETE FROM inbox WHERE handled_at < now() - make_interval(secs => :kept)"
)
_SWEEP_ATTEMPTS: Final = text(
    "DELETE FROM attempts WHERE updated_at < now() - make_interval(secs => :kept)"
)

STUCK: Final = 30.0
"""Seconds after which a message that waits means that we are not ready."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as it stands in the outbox."""

    message_id: UUID
    address: str
    headers: dict[str, str]
    body: bytes

    @property
    def stream(self) -> str:
        """The stream that keeps it, as its address says."""
        kind, *rest = self.address.split(".")
        whose = () if kind in {"push", "dead", "to"} else (rest[0],)
        return "_".join((kind, *whose)).upper().replace("-", "_")


class Broker(Protocol):
    """What the relay needs of the bus."""

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish them pipelined, and say of each whether the broker has stored it."""
        ...


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long outbox and inbox rows are kept, and how many messages may wait before 503s."""

    published: timedelta = timedelta(days=8)
    handled: timedelta = timedelta(days=31)
    limit: int = 100_000


class OutboxWaits(Exception):
    """Messages have been waiting for long: the broker is away, or a stream is full."""


class Relay:
    """One runs in every process with a database; several take turns row by row."""

    def __init__(self, database: Database, broker: Broker, keeping: Keeping | None = None) -> None:
        self._database = database
        self._broker = broker
        self._keeping = keeping or Keeping()
        self._oldest = 0.0

    async def run(self) -> None:
        """Carry on for ever; a broker or database that is away is waited for."""
        pause = IDLE
        while True:
            try:
                taken, stored = await self.carry()
                stuck = taken > 0 and stored < taken
            except Away as away:
                log.warning("relay paused", reason=away.detail)
                taken, stuck = 0, True
            pause = min(5.0, pause * 2) if stuck else IDLE
            if stuck:
                with contextlib.suppress(Away):
                    await self.measure()
            if stuck:
                await asyncio.sleep(pause)
            elif taken < BATCH:  # what came meanwhile has woken us
                await self._until_some()

    async def carry(self) -> tuple[int, int]:
        """Publish one batch; answers how many were taken and how many are stored."""
        self._database.wake.event.clear()
        async with self._database.reading() as session:
            rows = (await session.execute(_NEXT, {"batch": BATCH})).all()
            if not rows:
                self._observe(0, 0.0)
                return 0, 0
            stored = await self._broker.publish_all([_outgoing(row) for row in rows])
            ids = [row.id for row, is_stored in zip(rows, stored, strict=True) if is_stored]
            if ids:
                await session.execute(_PUBLISHED, {"ids": ids})
        PUBLISHED.inc(len(ids))
        if len(rows) == BATCH:
            await self.measure()
        return len(rows), len(ids)

    async def measure(self) -> None:
        """Look how much waits and since when."""
        state = (await self._database.ask(_STATE)).one()
        self._observe(state.waiting, float(state.oldest))

    async def check(self) -> None:
        """Raise `OutboxWaits` while the oldest message has waited for longer than half a minute."""
        if self._oldest > STUCK:
            raise OutboxWaits(f"the oldest message has waited for {self._oldest:.0f} s")

    async def sweep(self) -> None:
        """Sweep for ever, once in ten minutes."""
        while True:
            with contextlib.suppress(Away):
                await self.sweep_once()
            await asyncio.sleep(600)

    async def sweep_once(self) -> None:
        """Drop what was published or handled long ago."""
        async with self._database.reading() as session:
            for statement, kept in (
                (_SWEEP_OUTBOX, self._keeping.published),
                (_SWEEP_INBOX, self._keeping.handled),
                (_SWEEP_ATTEMPTS, self._keeping.handled),
            ):
                await session.execute(statement, {"kept": kept.total_seconds()})

    def _observe(self, waiting: int, oldest: float) -> None:
        WAITING.set(waiting)
        OLDEST.set(oldest)
        self._oldest = oldest
        self._database.wake.full = waiting >= self._keeping.limit

    async def _until_some(self) -> None:
        """Wait until this process has said something, or another has left something behind."""
        waits = False
        while not waits:
            # Not `wait_for`: in 3.11 it swallows a cancellation that comes together with the event.
            try:
                async with asyncio.timeout(IDLE):
                    waits = await self._database.wake.event.wait()
            except TimeoutError:
                with contextlib.suppress(Away):
                    waits = (await self._database.ask(_SOME)).scalar_one()
                    if not waits:
                        self._observe(0, 0.0)


def _outgoing(row: Row) -> Outgoing:
    return Outgoing(row.message_id, row.address, row.headers, row.body.encode())
