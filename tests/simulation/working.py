"""Processes that take turns: real queues and couriers, and work that is long, fails or kills."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from shared.attempts import Attempts, Count
from shared.cause import Cause, Delivery
from shared.database import Database, Unit
from shared.dead_letters import DeadLetters
from shared.delivery import Courier
from shared.queue import Queue, Turn
from shared.turns import Turns
from tests.integration.shared.lab import Work
from tests.simulation.hearing import PATIENCE
from tests.simulation.world import Process

DURABLE: Final = "lab-lab-work-v1"
LONG: Final = 4.0
"""Seconds between two checkpoints of a piece of work; a lease is for six."""
_EFFECT: Final = text(
    "INSERT INTO effects (durable, message_id, generation, note)"
    " VALUES (:what, :message_id, 0, :token)"
)


class NotedQueue(Queue):
    """The real one, which notes under which leases it was ever asked for a turn."""

    def __init__(self, database: Database, durable: str) -> None:
        super().__init__(database, durable)
        self.tokens: set[str] = set()

    async def take(self, token: UUID, *, but: Collection[UUID] = ()) -> Turn | None:
        self.tokens.add(str(token))
        return await super().take(token, but=but)


class NotedAttempts(Attempts):
    """The real ones, which tell of each that begins again."""

    def __init__(self, database: Database, begins: Callable[[str], None]) -> None:
        super().__init__(database)
        self._begins = begins

    async def start(self, delivery: Delivery) -> Count:
        self._begins(delivery.message_id)
        return await super().start(delivery)


@dataclass(eq=False)
class Worker:
    """One process that takes turns."""

    process: Process
    natures: dict[str, str]
    begins: Callable[[str], None]
    """Told of each that is begun again."""

    def __post_init__(self) -> None:
        database = self.process.database
        courier = Courier(
            durable=DURABLE,
            message=Work,
            verb=self._work,
            database=database,
            attempts=NotedAttempts(database, self.begins),
            dead_letters=DeadLetters(self.process.link),
            patience=PATIENCE,
            draining=self.process.draining,
        )
        self.queue = NotedQueue(database, DURABLE)
        self.turns = Turns(courier, self.queue, at_once=2)
        self.running = self.process.beside(self.turns.run())
        self.process.stops.append(self.turns.stop)

    async def _work(self, message: Work, cause: Cause) -> None:
        assert cause.delivery is not None
        message_id = cause.delivery.message_id
        nature = self.natures[message_id]
        for _ in range(2 if nature == "long" else 0):
            async with self.process.database.begin(cause.midway()) as unit:
                await self._note(unit, "checkpoint", message_id)
            await asyncio.sleep(LONG)
        if nature == "killer" and self.process.is_alive:
            self.process.die()
            await asyncio.Event().wait()
        if nature == "poison":
            raise ValueError("poison")
        async with self.process.database.begin(cause) as unit:
            await self._note(unit, "done", message_id)

    async def _note(self, unit: Unit, what: str, message_id: str) -> None:
        lease = unit.cause.lease
        assert lease is not None
        row = {"what": what, "message_id": message_id, "token": str(lease.token)}
        await unit.session.execute(_EFFECT, row)
