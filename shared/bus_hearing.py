"""How a bus hears: what is pulled goes to a listener, and what becomes of it to the broker."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.bus_pulls import Pull
from shared.cause import Lease
from shared.delivery import SOON, Listener, Outcome, Verdict

LOOK: Final = 2.0
"""Seconds between two looks at whether the broker still knows what it was asked for."""
_LONG: Final = 11
"""Parts of an address to confirm a message at, if it names domain and account."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _HeardFromNats:
    """A message of the broker's in the courier's words."""

    raw: Msg

    @property
    def headers(self) -> dict[str, str]:
        return self.raw.headers or {}

    @property
    def body(self) -> bytes:
        return self.raw.data

    @property
    def deliveries(self) -> int:
        """Read it where the broker writes it, behind stream and consumer."""
        parts = self.raw.reply.split(".")
        return int(parts[6 if len(parts) >= _LONG else 4])

    @property
    def lease(self) -> Lease | None:
        return None

    async def beat(self) -> None:
        await self.raw.in_progress()

    async def settle(self, verdict: Verdict) -> None:
        """Tell the broker what became of it; nothing else does."""
        if verdict.outcome is Outcome.AGAIN:
            await self.raw.nak(delay=verdict.delay)
        elif verdict.outcome is Outcome.DEAD:
            await self.raw.term()
        else:
            await self.raw.ack()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a stream a listener of ours stands."""

    stream: str
    durable: str


@dataclass(slots=True)
class Hearing:
    """Binds listeners to their places on one connection."""

    _listeners: list[tuple[Place, Listener, int]] = field(default_factory=list)
    _pulls: list[Pull] = field(default_factory=list)
    _looking: "asyncio.Task[None] | None" = None

    def listen(self, place: Place, listener: Listener, *, batch: int) -> None:
        """Hear at a place, up to `batch` messages in hand at once."""
        self._listeners.append((place, listener, batch))

    async def start(self, connection: Client) -> None:
        """Begin."""
        for place, listener, batch in self._listeners:
            pull = Pull(connection, place.stream, place.durable, batch, _delivering(listener))
            self._pulls.append(pull)
            await pull.start()
        self._looking = asyncio.create_task(self._look(), name="look after pulls")

    async def ask_anew(self) -> None:
        """Ask for messages again: whom we are connected to now was not asked."""
        for pull in self._pulls:
            await pull.ask_anew()

    async def stop(self) -> None:
        """Take nothing more, and finish what is in hand."""
        if self._looking is not None:
            self._looking.cancel()
        await asyncio.gather(*(pull.stop() for pull in self._pulls))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            for pull in self._pulls:
                await pull.look()


def _delivering(listener: Listener) -> Callable[[Msg], Awaitable[None]]:
    async def heard(message: Msg) -> None:
        await _deliver(_HeardFromNats(message), listener)

    return heard


async def _deliver(heard: _HeardFromNats, listener: Listener) -> None:
    try:
        verdict = await listener.deliver(heard)
    except Exception:
        log.exception("delivery failed")
        verdict = SOON
    await heard.settle(verdict)
