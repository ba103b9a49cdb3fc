"""How a bus hears: FastStream's pull subscribers, set up so that none of their traps shuts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import nats.aio.msg
import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.subscriber.usecases import stream_pull_subscriber

from shared.cause import Lease
from shared.delivery import Heard, Listener, Outcome, Verdict

# nats-py raises asyncio's own TimeoutError in a batch fetch, which FastStream does not catch, and
# what was gathered waits for its ack to time out. A test says when upstream mends it.
stream_pull_subscriber.TimeoutError = asyncio.TimeoutError  # type: ignore[assignment,attr-defined]


class _Never(Exception):
    """Nothing raises this."""


# Once the connection is closed for good a fetch fails at once, and FastStream, which ignores that,
# would spin without ever letting `closed_cb` run. Unignored, it ends the fetching task instead.
stream_pull_subscriber.ConnectionClosedError = _Never  # type: ignore[assignment,attr-defined]

POLL: Final = 5.0
AGAIN_SOON: Final = Verdict(Outcome.AGAIN, 1.0)

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Batches(Protocol):
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


@dataclass(frozen=True, slots=True)
class Hearing:
    """Binds listeners to their places on one connection."""

    broker: NatsBroker
    inbox: str

    def listen(
        self, place: Place, listener: Listener, *, batch: int, together: Batches | None = None
    ) -> None:
        """Hear at a place, `batch` messages in hand at once."""

        async def heard(message: NatsMessage) -> None:
            await _deliver(_HeardFromNats(message.raw_message), listener)

        async def heard_many(message: NatsMessage) -> None:
            # FastStream types a batch as one message; its raw message is then a list of them.
            raw: Sequence[nats.aio.msg.Msg] = message.raw_message  # type: ignore[assignment]
            await _deliver_all([_HeardFromNats(one) for one in raw], listener, together)

        subscriber = self.broker.subscriber(
            place.subject,
            durable=place.durable,
            stream=JStream(place.stream, declare=False),
            pull_sub=PullSub(batch, timeout=POLL, batch=together is not None),
            inbox_prefix=f"{self.inbox}.".encode(),
            ack_policy=AckPolicy.MANUAL,
            decoder=_as_it_is,
        )
        subscriber(heard if together is None else heard_many)


async def _deliver(heard: _HeardFromNats, listener: Listener) -> None:
    try:
        verdict = await listener.deliver(heard)
    except Exception:
        log.exception("delivery failed")
        verdict = AGAIN_SOON
    await heard.settle(verdict)


async def _deliver_all(
    batch: Sequence[_HeardFromNats], listener: Listener, together: Batches | None
) -> None:
    done = await together.deliver(batch) if together else {}
    await asyncio.gather(
        *(
            heard.settle(done[place]) if place in done else _deliver(heard, listener)
            for place, heard in enumerate(batch)
        )
    )


async def _as_it_is(message: NatsMessage) -> NatsMessage:
    """Hand the whole message on: decoding is the courier's, who knows the class."""
    return message
