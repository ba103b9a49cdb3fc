"""Long work that waits its turn: a durable queue in a service's own database, fair between people.

A message for such work is not run as it comes but kept as a row; a few rows at a time are worked
off. Every owner's rows are numbered in rounds: no owner's second row comes before another's first.
A row in work is leased and its lease renewed by beats; when they stop, another process takes over,
and nothing that the first one does under the old lease commits any more (`Database.begin` looks).
What becomes of a row is decided by the same courier as of a message, so errors, unexplained ends
and dead letters count alike.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Gauge
from uuid_utils.compat import uuid4

from shared.cause import Lease
from shared.delivery import SOON, Heard, Listener, Outcome, Verdict
from shared.envelope import BadEnvelope, Envelope
from shared.problems import Away
from shared.queue import Queue, Turn

BEAT: Final = 1.0
"""Seconds between two beats, and so until it is noticed that a turn was withdrawn."""
IDLE: Final = 2.0
"""Seconds after which the queue is looked at unasked, for what another replica left behind."""
MEASURE: Final = 5.0

WAITING: Final = Gauge("mesh_turns_waiting", "Turns that wait to be taken", ["durable"])
OLDEST: Final = Gauge("mesh_turns_oldest_seconds", "Age of the oldest that waits", ["durable"])

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _HeardInTurn:
    """A turn in the courier's words."""

    turn: Turn

    @property
    def headers(self) -> dict[str, str]:
        return self.turn.headers

    @property
    def body(self) -> bytes:
        return self.turn.body

    @property
    def deliveries(self) -> int:
        return self.turn.starts

    @property
    def lease(self) -> Lease:
        return self.turn.lease

    async def beat(self) -> None:
        """Do nothing: all leases are renewed at once."""


@dataclass(slots=True)
class _InHand:
    turn: Turn
    work: "asyncio.Task[None]"
    decided: bool = False
    """Whether its outcome is known, so that there is nothing left to stop."""

    def let_go(self) -> None:
        """Stop the work, and leave it time to tidy up."""
        if not self.decided and not self.work.cancelling():
            log.info("turn lost or withdrawn", turn=self.turn.lease.turn)
            self.work.cancel()


class Turns:
    """Works one listener's queue off, `at_once` turns at a time.

    One owner has at most all places but one, so that nobody's slow work holds up everybody.
    """

    def __init__(self, courier: Listener, queue: Queue, *, at_once: int) -> None:
        self._courier = courier
        self._queue = queue
        self._at_once = at_once
        self._each = max(1, at_once - 1)
        self._in_hand: dict[UUID, _InHand] = {}
        """By the token of its lease: a row may come to us again while we still let go of it."""
        self._look = asyncio.Event()
        self._queued = 0
        self._dry = False
        """Whether nothing waited when we looked last, and nothing was queued by us since."""
        self._stopping = False
        self._filling = asyncio.Lock()
        """Held while turns are taken: one that is on its way to us is in hand already."""

    async def deliver(self, heard: Heard) -> Verdict:
        """Queue a message, once; what is not even a message is the courier's to bury."""
        try:
            envelope = Envelope.read(heard.headers)
        except BadEnvelope:
            return await self._courier.deliver(heard)
        try:
            await self._queue.put(envelope, heard.headers, heard.body)
        except Away as away:
            log.warning("not queued", durable=self._queue.durable, reason=away.detail)
            return SOON
        self._queued += 1
        self._dry = False
        self._look.set()
        return Verdict(Outcome.DONE)

    async def run(self) -> None:
        """Work for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat())
            group.create_task(self._measure())
            while True:
                self._look.clear()
                async with self._unless_away(), self._filling:
                    await self._fill(group)
                # Not wait_for: it may swallow a cancellation that comes with the event.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE):
                        await self._look.wait()

    async def stop(self) -> None:
        """Take no more, and wait for what is in hand or just being taken."""
        self._stopping = True
        async with self._filling:
            pass
        if self._in_hand:
            await asyncio.wait([held.work for held in self._in_hand.values()])

    async def _fill(self, group: asyncio.TaskGroup) -> None:
        """Take turns while there is room."""
        while len(self._in_hand) < self._at_once and not self._stopping:
            queued, served = self._queued, self._served()
            turn = await self._queue.take(uuid4(), but=served)
            waiting = bool(served) if turn is None else turn.more
            self._dry = not waiting and queued == self._queued
            if turn is None:
                return
            self._in_hand[turn.lease.token] = _InHand(turn, group.create_task(self._work(turn)))
            if self._dry:
                return

    def _served(self) -> list[UUID]:
        """Name the owners who have as many places as one may."""
        places = Counter(held.turn.owner_id for held in self._in_hand.values())
        return [owner for owner, count in places.items() if count >= self._each]

    async def _work(self, turn: Turn) -> None:
        try:
            verdict = await self._courier.deliver(_HeardInTurn(turn))
            self._in_hand[turn.lease.token].decided = True
            async with self._unless_away():
                if verdict.outcome is Outcome.AGAIN:
                    await self._queue.give_back(turn.lease, verdict.delay)
                else:
                    await self._queue.end(turn.lease)
        finally:
            del self._in_hand[turn.lease.token]
            if not self._dry:
                self._look.set()

    async def _beat(self) -> None:
        """Renew every lease, and let go of what is not ours any more."""
        while True:
            await asyncio.sleep(BEAT)
            held = {token: one for token, one in self._in_hand.items() if not one.decided}
            if not held:
                continue
            async with self._unless_away():
                ours = await self._queue.beat([one.turn.lease for one in held.values()])
                for token in held.keys() - ours:
                    held[token].let_go()

    async def _measure(self) -> None:
        while True:
            async with self._unless_away():
                state = await self._queue.state()
                WAITING.labels(self._queue.durable).set(state.waiting)
                OLDEST.labels(self._queue.durable).set(state.oldest)
            await asyncio.sleep(MEASURE)

    @contextlib.asynccontextmanager
    async def _unless_away(self) -> AsyncGenerator[None]:
        """Pass over a step while the database is away: leases lapse, and are taken again."""
        try:
            yield
        except Away as away:
            log.warning("turns paused", durable=self._queue.durable, reason=away.detail)
