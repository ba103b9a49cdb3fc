"""Order by key: behind a message that fails, later ones about the same thing wait; others flow.

A message that fails for the first time takes a place in a line: durable, in the listener's own
database, so that it needs nobody else. What comes after it about the same thing is parked there and
acked. When the first one is handled at last, tried again or redriven, or is given up, the others
are run in order. As long as no line of its key is known nothing is looked up for a message; of the
lines that another process begins, this one learns within a second.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog
from prometheus_client import Gauge

from shared.again import DISCARDED
from shared.cause import Lease
from shared.delivery import HANDLED, SOON, Heard, Listener, Outcome, Verdict, beating
from shared.parking import Line, Parked, Parking, Standing, State
from shared.problems import Away

LOOK: Final = 1.0
"""Seconds after which lines are looked at unasked, for what others and crashes left."""
PAUSE: Final = 0.5
"""Seconds until it is tried again to note who holds a line, while the database is away."""
AT_ONCE: Final = 4
"""Lines that a process works off at once; each holds a connection besides its work's own."""

PARKED: Final = Gauge(
    "mesh_parked_messages", "Messages that wait behind one that failed", ["durable"]
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _HeardInLine:
    """A parked message in the courier's words."""

    parked: Parked

    @property
    def headers(self) -> dict[str, str]:
        return self.parked.headers

    @property
    def body(self) -> bytes:
        return self.parked.body

    @property
    def deliveries(self) -> int:
        """It was delivered before, so its starts are counted."""
        return 2

    @property
    def lease(self) -> Lease | None:
        return None

    async def beat(self) -> None:
        """Nobody waits for a sign of life: the row stays until the work is done."""


@dataclass(slots=True)
class _Door:
    """A lock for one line; `people` hold it or wait for it, and the last one takes it away."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    people: int = 0


@dataclass(slots=True)
class InOrder:
    """One listener, kept in order by key; `inner` does the work and judges failures."""

    durable: str
    inner: Listener
    parking: Parking
    draining: asyncio.Event
    wake: asyncio.Event
    """Set when somebody who waits may go on."""
    known: set[Line] = field(default_factory=set)
    begun: set[Line] = field(default_factory=set)
    """Lines that somebody came to stand in since the last look at all of them began."""
    closed: set[Line] = field(default_factory=set)
    """Where somebody failed whom the database did not let us note before we had to go."""
    _doors: dict[Line, _Door] = field(default_factory=dict)

    def waits(self, heard: Heard) -> bool:
        """Say whether a message must be looked at alone, because a line of its key is known."""
        standing = Standing.of(self.durable, heard.headers)
        return standing is not None and (
            standing.line in self.known or _is_redriven(standing, heard)
        )

    async def deliver(self, heard: Heard) -> Verdict:
        """Do it, or park it behind those before it."""
        standing = Standing.of(self.durable, heard.headers)
        if standing is None:
            return await self.inner.deliver(heard)
        async with self._alone(standing.line, heard):
            try:
                if standing.line in self.closed:
                    return SOON
                if not _is_discarded(heard) and await self._is_behind(standing, heard):
                    await self.parking.put(standing, State.PARKED, heard.headers, heard.body)
                    self.wake.set()
                    HANDLED.labels(self.durable, Outcome.PARKED.value).inc()
                    return Verdict(Outcome.PARKED)
            except Away as away:
                log.warning("paused", durable=self.durable, reason=away.detail)
                return SOON
            verdict = await self.inner.deliver(heard)
            return await self._after(standing, heard, verdict)

    async def work_off(self, line: Line) -> None:
        """Run those who wait, in order, as long as each is done; only one process does."""
        async with self._alone(line), self.parking.alone(line) as ours:
            while ours and not self.draining.is_set():
                first = await self.parking.first(line)
                if first is None or first.state is not State.PARKED:
                    return
                verdict = await self.inner.deliver(_HeardInLine(first))
                if not await self._went(first, verdict):
                    return

    async def _went(self, first: Parked, verdict: Verdict) -> bool:
        """Note what became of the first of a line; say whether the next may go on."""
        match verdict.outcome:
            case Outcome.AGAIN:
                await self.parking.put(
                    first.standing, State.PARKED, first.headers, first.body, delay=verdict.delay
                )
                return False
            case Outcome.DEAD:
                await self.parking.put(first.standing, State.DEAD, first.headers, first.body)
                return False
            case _:
                await self.parking.leave(first.standing)
                return True

    async def _is_behind(self, standing: Standing, heard: Heard) -> bool:
        if standing.line in self.known and await self.parking.ahead(standing):
            return True
        if heard.deliveries > 1:  # it may end its process: then nobody is left to say so
            await self._hold(standing, State.TRYING, heard)
        return False

    async def _after(self, standing: Standing, heard: Heard, verdict: Verdict) -> Verdict:
        """Hold the line where it failed, let it go on where it was done."""
        try:
            if verdict.outcome is Outcome.AGAIN:
                await self._insist(standing, State.TRYING, heard)
            elif verdict.outcome is Outcome.DEAD:
                await self._insist(standing, State.DEAD, heard)
            elif standing.line in self.known or _is_redriven(standing, heard):
                await self.parking.leave(standing)
                self.wake.set()
        except Away as away:  # told again, it finds what it did, and comes here once more
            log.warning("paused", durable=self.durable, reason=away.detail)
            return SOON
        return verdict

    async def _insist(self, standing: Standing, state: State, heard: Heard) -> None:
        """Note the failure, trying as long as the database is away: nobody passes before it is."""
        with beating([heard]):
            while True:
                try:
                    return await self._hold(standing, state, heard)
                except Away:
                    if self.draining.is_set():  # what is in hand behind it goes back with it
                        self.closed.add(standing.line)
                        self.known.add(standing.line)
                        raise
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE):
                        await self.draining.wait()

    async def _hold(self, standing: Standing, state: State, heard: Heard) -> None:
        await self.parking.put(standing, state, heard.headers, heard.body)
        self.known.add(standing.line)
        self.begun.add(standing.line)

    @asynccontextmanager
    async def _alone(self, line: Line, heard: Heard | None = None) -> AsyncGenerator[None]:
        """Let one message of a line in at a time, in the order in which they came."""
        door = self._doors.setdefault(line, _Door())
        door.people += 1
        try:
            if heard is not None and door.lock.locked():
                with beating([heard]):
                    await door.lock.acquire()
            else:
                await door.lock.acquire()
            try:
                yield
            finally:
                door.lock.release()
        finally:
            door.people -= 1
            if not door.people:
                del self._doors[line]


class Orders:
    """All listeners of a process that keep order, and the one who works their lines off."""

    def __init__(self, parking: Parking, draining: asyncio.Event) -> None:
        self._parking = parking
        self._draining = draining
        self._wake = asyncio.Event()
        self._listeners: dict[str, InOrder] = {}
        self._working: dict[Line, asyncio.Task[None]] = {}

    def keep(self, durable: str, inner: Listener) -> InOrder:
        """Keep a listener in order."""
        made = InOrder(durable, inner, self._parking, self._draining, self._wake)
        self._listeners[durable] = made
        return made

    async def run(self) -> None:
        """Look for ever who may go on; a database that is away is waited for.

        Also while the process drains: what it has in hand waits behind lines of others.
        """
        while True:
            self._wake.clear()
            try:
                await self.look()
            except Away as away:
                log.info("lines wait", reason=away.detail)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._wake.wait()

    async def look(self) -> None:
        """Learn which lines there are, and begin to work off those whose first may go on."""
        for listener in self._listeners.values():
            listener.begun.clear()
        sights = await self._parking.lines()
        for durable, listener in self._listeners.items():
            ours = [sight for sight in sights if sight.line.durable == durable]
            listener.known = {sight.line for sight in ours} | listener.begun | listener.closed
            PARKED.labels(durable).set(sum(sight.waiting for sight in ours))
            for sight in ours:
                if sight.free:
                    self._begin(listener, sight.line)

    def _begin(self, listener: InOrder, line: Line) -> None:
        """Work a line off beside the others; what finds no room now is found at the next look."""
        full = len(self._working) >= AT_ONCE
        if full or line in self._working or self._draining.is_set():
            return
        task = asyncio.create_task(self._work_off(listener, line))
        self._working[line] = task
        task.add_done_callback(lambda _: self._done(line))

    async def _work_off(self, listener: InOrder, line: Line) -> None:
        try:
            await listener.work_off(line)
        except Away as away:
            log.info("a line waits", durable=line.durable, reason=away.detail)

    def _done(self, line: Line) -> None:
        del self._working[line]
        self._wake.set()

    async def stop(self) -> None:
        """Finish what is in hand."""
        self._wake.set()
        await asyncio.gather(*self._working.values(), return_exceptions=True)


def _is_redriven(standing: Standing, heard: Heard) -> bool:
    """Tell what operators say again to this listener alone; rebuilds have their generation."""
    said_again = heard.headers.get("Nats-Msg-Id", "") != standing.message_id
    return said_again and not standing.line.generation


def _is_discarded(heard: Heard) -> bool:
    return DISCARDED in heard.headers
