"""Processes that hear: real couriers, lines and batches, and a verb that goes wrong at will."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from nats.aio.msg import Msg
from sqlalchemy import text

from shared.attempts import Attempts
from shared.bus_hearing import _deliver, _HeardFromNats
from shared.cause import Cause, Delivery
from shared.dead_letters import DeadLetters
from shared.delivery import Courier, Patience
from shared.order import LOOK, Orders
from shared.parking import Parking
from shared.together import Together
from tests.integration.shared.lab import Happened, Work
from tests.simulation.world import Process, World

DURABLE: Final = "ear-lab-happened-v1"
PATIENCE: Final = Patience(errors=3, starts=3, first=0.5, longest=2.0, trusted=2)

_EFFECT: Final = text(
    "INSERT INTO effects (durable, message_id, generation, note)"
    " VALUES (:durable, :message_id, :generation, :note)"
)
_HOLDING: Final = """
    SELECT message_id FROM parked
    WHERE (state <> 'trying' OR updated_at > now() - make_interval(secs => 3000))"""
_BEFORE: Final = f"""{_HOLDING} AND key = $1 AND generation = $2 AND sequence < $3
    AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.message_id = parked.message_id
                    AND inbox.generation = parked.generation)"""  # noqa: S608  # ours


@dataclass(slots=True)
class Deeds:
    """What all processes have done together, and what may not be."""

    world: World
    cured: bool = False
    """Whether the errors of the verb have been mended."""
    runs: Counter[str] = field(default_factory=Counter)
    held: dict[str, tuple[float, "Ear | None"]] = field(default_factory=dict)
    """When a message was first seen to hold its line, and who held it there if that is known."""
    acting: "Ear | None" = None
    overtaken: list[str] = field(default_factory=list)
    """Who was run though another held its line, which its process must have known."""

    def look(self) -> None:
        """See who holds a line by now."""
        self.world.sync()
        rows = {row["message_id"] for row in self.world.truth.rows(_HOLDING)}
        now = self.world.loop.time()
        self.held = {one: self.held.get(one, (now, self.acting)) for one in rows}

    def begins(self, ear: "Ear", key: UUID, delivery: Delivery) -> int:
        """Count a run, and see that nobody holds its line of whom its process must know."""
        if not ear.process.is_alive:
            return 0
        for row in self.world.truth.rows(_BEFORE, str(key), delivery.generation, delivery.sequence):
            since, by = self.held.get(row["message_id"], (self.world.loop.time(), self.acting))
            known = since + 2 * LOOK < self.world.loop.time() and ear.calm(3 * LOOK)
            if by is ear or known:
                ear.process.steps.trail.append("OVERTAKES")
                self.overtaken.append(f"{delivery} overtook {row['message_id']}")
        self.runs[delivery.message_id] += 1
        return self.runs[delivery.message_id]


@dataclass(eq=False)
class Ear:
    """One process that hears `Happened`, in order, one by one or together."""

    process: Process
    deeds: Deeds
    troubled: float = 0.0
    """When its steps were last disturbed."""

    def __post_init__(self) -> None:
        database = self.process.database
        draining = asyncio.Event()
        self.courier = Courier(
            durable=DURABLE,
            message=Happened,
            verb=self._hear,
            database=database,
            attempts=Attempts(database),
            dead_letters=DeadLetters(self.process.link),
            patience=PATIENCE,
            draining=draining,
        )
        self.orders = Orders(Parking(database), draining)
        self.order = self.orders.keep(DURABLE, self.courier)
        self.together = Together(database).keep(self.courier, self.order, self.order)
        self.disturbed()
        self.process.do(self.orders.run())

    def disturbed(self) -> None:
        """Note that something happens to it now."""
        self.troubled = self.deeds.world.loop.time()

    def calm(self, seconds: float) -> bool:
        """Say whether nothing has disturbed it for so long."""
        return self.deeds.world.loop.time() - self.troubled > seconds

    async def deliver(self, raws: list[Msg], *, together: bool) -> None:
        """Hear as a bus does."""
        listener = self.together if together else self.order
        await asyncio.gather(*(_deliver(_HeardFromNats(raw), listener) for raw in raws))

    async def _hear(self, message: Happened, cause: Cause) -> None:
        delivery = cause.delivery
        assert delivery is not None
        run = self.deeds.begins(self, message.thing_id, delivery)
        if message.note == "killer" and not self.deeds.cured:
            self.process.die()
            await asyncio.Event().wait()
        if message.note == "poison" and not self.deeds.cured:
            raise ValueError("poison")
        if message.note == "twice" and run <= 2:
            raise ValueError("not yet")
        async with self.process.database.begin(cause) as unit:
            row = {
                "durable": delivery.durable,
                "message_id": delivery.message_id,
                "generation": delivery.generation,
                "note": message.note,
            }
            await unit.session.execute(_EFFECT, row)
            await unit.say(Work(thing_id=message.thing_id))
