"""Processes that hear: real couriers, lines and batches, and a verb that goes wrong at will."""

import asyncio
from collections import Counter, defaultdict
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from nats.aio.msg import Msg
from sqlalchemy import text

from shared.attempts import Attempts
from shared.bus_hearing import _deliver, _HeardFromNats
from shared.cause import Cause, Delivery
from shared.dead_letters import DeadLetters
from shared.delivery import Courier, Heard, Listener, Outcome, Patience, Verdict
from shared.order import LOOK, Orders
from shared.parking import Parking, Standing
from shared.together import Together
from tests.integration.shared.lab import Happened, Work
from tests.simulation.broker import is_held
from tests.simulation.world import Process, World

DURABLE: Final = "ear-lab-happened-v1"
PATIENCE: Final = Patience(errors=3, starts=3, first=0.5, longest=2.0, trusted=2)

_EFFECT: Final = text(
    "INSERT INTO effects (durable, message_id, generation, note)"
    " VALUES (:durable, :message_id, :generation, :note)"
)
_HANDLED: Final = "SELECT message_id FROM inbox"
# Clocks that jump may make what is tried again look forgotten; that is not held against anybody.
_LINES: Final = """
    SELECT message_id, key, sequence,
           state <> 'trying' OR updated_at > now() - make_interval(secs => 3000) AS holds
    FROM parked"""

_must_know: ContextVar[float | None] = ContextVar("must_know", default=None)
"""For what is run alone: who stood before it by then had to be known when it was let in."""


@dataclass(slots=True)
class Deeds:
    """What all processes have done together, and what may not be."""

    world: World
    cured: bool = False
    """Whether the errors of the verb have been mended."""
    runs: Counter[str] = field(default_factory=Counter)
    held: dict[str, tuple[float, str, int]] = field(default_factory=dict)
    """By id, since when it holds its line, as far as was seen; of which key, and its version."""
    failed: dict[str, tuple["Ear", Standing]] = field(default_factory=dict)
    """By id, where it failed last."""
    overtaken: list[str] = field(default_factory=list)
    """Who was run though another of its key stood before it, of whom its process must know."""
    left: list[str] = field(default_factory=list)
    """What a process that ended in order left undone or unsaid: others would have to do it."""

    def look(self) -> None:
        """See who holds a line by now."""
        self.world.sync()
        rows = self.world.truth.rows(_LINES)
        now = self.world.loop.time()
        self.held = {
            row["message_id"]: self.held.get(row["message_id"], (now, row["key"], row["sequence"]))
            for row in rows
            if row["holds"]
        }
        for row in rows:
            if not row["holds"]:
                self.failed.pop(row["message_id"], None)

    def fails(self, ear: "Ear", heard: Heard) -> None:
        """Note that something failed at a process; from its end on those behind it wait there."""
        standing = Standing.of(DURABLE, heard.headers)
        assert standing is not None
        self.failed[standing.message_id] = (ear, standing)

    def begins(self, ear: "Ear", key: UUID, delivery: Delivery) -> int:
        """Count a run, and see that nobody stands before it of whom its process must know."""
        if not ear.process.is_alive:
            return 0
        handled = {row["message_id"] for row in self.world.truth.rows(_HANDLED)}
        must_know = ear.must_know(delivery.message_id)
        before = {
            message_id: "which held its line"
            for message_id, (since, about, version) in self.held.items()
            if (about, since < must_know) == (str(key), True) and version < delivery.sequence
        }
        before |= {
            message_id: "which had failed here"
            for message_id, (where, standing) in self.failed.items()
            if (where, standing.line.key) == (ear, str(key))
            and standing.sequence < delivery.sequence
        }
        for message_id in before.keys() - handled:
            ear.process.steps.trail.append("OVERTAKES")
            self.overtaken.append(f"{delivery} overtook {message_id}, {before[message_id]}")
        self.runs[delivery.message_id] += 1
        return self.runs[delivery.message_id]


@dataclass(frozen=True, slots=True)
class _Watched:
    """A courier at whose door it is noted who comes when, and what fails."""

    ear: "Ear"

    async def deliver(self, heard: Heard) -> Verdict:
        token = _must_know.set(self.ear.horizon())
        try:
            verdict = await self.ear.courier.deliver(heard)
        finally:
            _must_know.reset(token)
        if verdict.outcome in {Outcome.AGAIN, Outcome.DEAD}:
            self.ear.deeds.fails(self.ear, heard)
        return verdict


@dataclass(eq=False)
class Ear:
    """One process that hears `Happened`, in order, one by one or together."""

    process: Process
    deeds: Deeds
    together: bool
    """Whether its messages share transactions."""
    troubled: float = 0.0
    """When its steps were last disturbed."""
    given: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By id, for each delivery in hand what had to be known when it came."""
    in_hand: list[Msg] = field(default_factory=list)
    running: Counter[str] = field(default_factory=Counter)
    """How often each is being run now, by id."""

    def __post_init__(self) -> None:
        database = self.process.database
        draining = self.process.draining
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
        self.order = self.orders.keep(DURABLE, _Watched(self))
        self.listener: Listener = self.order
        if self.together:
            self.listener = Together(database).keep(self.courier, self.order, self.order)
        self.disturbed()
        self.process.beside(self.orders.run())
        self.process.stops.append(self.orders.stop)
        self.process.told.append(self._told)

    def disturbed(self) -> None:
        """Note that something happens to it now."""
        self.troubled = self.deeds.world.loop.time()

    def horizon(self) -> float:
        """Tell since when a line must be there so that it knows of it: never while in trouble."""
        now = self.deeds.world.loop.time()
        calm = not self.process.steps.stands and now - self.troubled > 3 * LOOK
        return now - 3 * LOOK if calm else -1.0

    def must_know(self, message_id: str) -> float:
        """Tell the same of when a message came that is run now."""
        alone = _must_know.get()
        return min(self.given[message_id], default=-1.0) if alone is None else alone

    async def deliver(self, raws: list[Msg]) -> None:
        """Hear as a bus does."""
        await asyncio.gather(*(self._deliver(raw) for raw in raws))

    async def _deliver(self, raw: Msg) -> None:
        heard = _HeardFromNats(raw)
        given, horizon = self.given[heard.headers.get("ce-id", "")], self.horizon()
        given.append(horizon)
        self.in_hand.append(raw)
        try:
            await _deliver(heard, self.listener)
        finally:
            given.remove(horizon)
            self.in_hand.remove(raw)

    def _told(self) -> None:
        """See that all it has in hand when it is told to go is done, or given back, in the end."""
        in_hand = list(self.in_hand)
        self.process.gone_well.append(lambda: self._gone(in_hand))

    def _gone(self, in_hand: list[Msg]) -> None:
        soon = self.deeds.world.loop.time() + PATIENCE.longest
        self.deeds.left += [f"{one} was still run" for one in +self.running]
        self.deeds.left += [
            f"{raw.headers} was not settled" for raw in in_hand if is_held(raw, soon)
        ]

    async def _hear(self, message: Happened, cause: Cause) -> None:
        assert cause.delivery is not None
        self.running[cause.delivery.message_id] += 1
        try:
            await self._run(message, cause, cause.delivery)
        finally:
            self.running[cause.delivery.message_id] -= 1

    async def _run(self, message: Happened, cause: Cause, delivery: Delivery) -> None:
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
