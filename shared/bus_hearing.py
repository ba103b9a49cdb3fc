"""How a bus hears: FastStream's pull subscribers, set up so that none of their traps shuts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import nats.aio.msg
import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.subscriber.usecases import stream_pull_subscriber
from nats.js import JetStreamContext

from shared.bus_batches import POLL, Batches
from shared.cause import Lease
from shared.delivery import SOON, Heard, Listener, Outcome, Verdict

# nats-py raises asyncio's own TimeoutError in a batch fetch, which FastStream does not catch, and
# what was gathered waits for its ack to time out. A test says when upstream mends it.
stream_pull_subscriber.TimeoutError = asyncio.TimeoutError  # type: ignore[assignment,attr-defined]


class _Never(Exception):
    """Nothing raises this."""


# Once the connection is closed for good a fetch fails at once, and FastStream, which ignores that,
# would spin without ever letting `closed_cb` run. Unignored, it ends the fetching task instead.
stream_pull_subscriber.ConnectionClosedError = _Never  # type: ignore[assignment,attr-defined]

log = structlog.get_logger(__name__)


class Many(Protocol):
    """Who can do many messages at once; those without a verdict are done one by one."""

    async def deliver(self, batch: Sequence[Heard]) -> dict[int, Verdict]: ...


@dataclass(frozen=True, slots=True)
class _HeardFromNats:
    """A message of the broker's in the courier's words."""

    raw: nats.aio.msg.Msg

    @property
    def headers(self) -> dict[str, str]:
        return self.raw.headers or {}

    @property
    def body(self) -> bytes:
        return self.raw.data

    @property
    def deliveries(self) -> int:
        return self.raw.metadata.num_delivered or 1

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

    subject: str
    stream: str
    durable: str


@dataclass(slots=True)
class Hearing:
    """Binds listeners to their places on one connection."""

    broker: NatsBroker
    inbox: bytes
    _batches: list[Batches] = field(default_factory=list)

    def listen(self, place: Place, listener: Listener, *, batch: int) -> None:
        """Hear at a place, `batch` messages in hand at once."""

        async def heard(message: NatsMessage) -> None:
            await _deliver(_HeardFromNats(message.raw_message), listener)

        subscriber = self.broker.subscriber(
            place.subject,
            durable=place.durable,
            stream=JStream(place.stream, declare=False),
            pull_sub=PullSub(batch, timeout=POLL),
            inbox_prefix=self.inbox,
            ack_policy=AckPolicy.MANUAL,
            decoder=_as_it_is,
        )
        subscriber(heard)

    def listen_together(self, place: Place, listener: Listener, many: Many, *, batch: int) -> None:
        """Hear at a place, up to `batch` messages tried at once, and one by one what is left."""

        async def heard(raw: Sequence[nats.aio.msg.Msg]) -> None:
            await _deliver_all([_HeardFromNats(one) for one in raw], listener, many)

        self._batches.append(Batches(place.stream, place.durable, batch, heard))

    async def start(self, jetstream: JetStreamContext) -> None:
        """Begin."""
        await self.broker.start()
        for batches in self._batches:
            await batches.start(jetstream, self.inbox)

    async def stop(self) -> None:
        """Take nothing more, and finish what is in hand."""
        for subscriber in self.broker.subscribers:
            await subscriber.stop()
        await asyncio.gather(*(batches.stop() for batches in self._batches))


async def _deliver(heard: _HeardFromNats, listener: Listener) -> None:
    try:
        verdict = await listener.deliver(heard)
    except Exception:
        log.exception("delivery failed")
        verdict = SOON
    await heard.settle(verdict)


async def _deliver_all(batch: Sequence[_HeardFromNats], listener: Listener, many: Many) -> None:
    done = await many.deliver(batch)
    await asyncio.gather(
        *(
            heard.settle(done[place]) if place in done else _deliver(heard, listener)
            for place, heard in enumerate(batch)
        )
    )


async def _as_it_is(message: NatsMessage) -> NatsMessage:
    """Hand the whole message on: decoding is the courier's, who knows the class."""
    return message
