"""A broker in memory that may forget and repeat: as much of JetStream as relay and couriers see.

`test_broker.py` holds it and the real one to the same promises.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, cast

from nats.aio.msg import Msg

from shared.problems import Away
from shared.relay import Outgoing
from tests.simulation.fate import Fate, Lost, Steps

WINDOW: Final = 1800.0
ACK_WAIT: Final = 8.0


@dataclass(frozen=True, slots=True)
class Stored:
    """One message of a stream."""

    place: int
    subject: str
    headers: dict[str, str]
    body: bytes
    at: float
    stamp: float
    """The time by the broker's own clock, which may be wrong."""

    @property
    def id(self) -> str:
        """By what a repetition is known."""
        return self.headers.get("Nats-Msg-Id", "")


@dataclass(slots=True)
class Pending:
    """One that was given out and is not done with; it is due again when nobody beats."""

    deliveries: int
    due: float


@dataclass(slots=True)
class Consumer:
    """A durable place in a stream, with explicit acks and no last delivery."""

    stream: str
    subject: str
    given: int = 0
    """How far it came."""
    pending: dict[int, Pending] = field(default_factory=dict)


@dataclass(slots=True)
class Stream:
    """Messages in the order in which they came, and the ids that are still known."""

    messages: list[Stored] = field(default_factory=list)
    known: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the broker says of a delivery."""

    num_delivered: int
    timestamp: datetime


@dataclass(slots=True)
class SimulatedBroker:
    """Everything that outlives its clients' connections."""

    clock: Callable[[], float]
    ack_wait: float = ACK_WAIT
    window: float = WINDOW
    epoch: float = 0.0
    away: bool = False
    streams: dict[str, Stream] = field(default_factory=dict)
    consumers: dict[str, Consumer] = field(default_factory=dict)

    def place(self, durable: str, stream: str, subject: str) -> None:
        """Provision a consumer that hears all there is."""
        self.streams.setdefault(stream, Stream())
        self.consumers[durable] = Consumer(stream, subject)

    def forget_ids(self) -> None:
        """Lose the window in which repetitions are known."""
        for stream in self.streams.values():
            stream.known.clear()

    def store(self, stream: str, subject: str, headers: dict[str, str], body: bytes) -> None:
        """Keep a message, but for a repetition."""
        kept = self.streams.setdefault(stream, Stream())
        now = self.clock()
        known_as = headers.get("Nats-Msg-Id", "")
        since = kept.known.get(known_as)
        if known_as and since is not None and now - since < self.window:
            return
        if known_as:
            kept.known[known_as] = now
        place = len(kept.messages)
        kept.messages.append(Stored(place, subject, dict(headers), body, now, self.epoch + now))

    def available(self, durable: str) -> list[int]:
        """Tell what may be given out now: what is due again, and what is new."""
        consumer = self.consumers[durable]
        again = [place for place, one in consumer.pending.items() if one.due <= self.clock()]
        return again + list(self._new(consumer))

    def give(self, durable: str, place: int, link: "Link") -> Msg:
        """Give one out; all before it count as given too, and are due at once if they were not."""
        consumer = self.consumers[durable]
        for skipped in self._new(consumer):
            if skipped >= place:
                break
            consumer.pending[skipped] = Pending(0, self.clock())
        consumer.given = max(consumer.given, place + 1)
        before = consumer.pending.get(place)
        count = before.deliveries + 1 if before else 1
        consumer.pending[place] = Pending(count, self.clock() + self.ack_wait)
        stored = self.streams[consumer.stream].messages[place]
        at = datetime.fromtimestamp(stored.stamp, UTC)
        return cast(Msg, _Raw(self, consumer, stored, Metadata(count, at), link))

    def finished(self, durable: str) -> list[Stored]:
        """What is done with."""
        consumer = self.consumers[durable]
        return [
            one
            for one in self.streams[consumer.stream].messages[: consumer.given]
            if one.subject == consumer.subject and one.place not in consumer.pending
        ]

    def unfinished(self, durable: str) -> int:
        """Count what is not done with."""
        consumer = self.consumers[durable]
        return len(consumer.pending) + sum(1 for _ in self._new(consumer))

    def _new(self, consumer: Consumer) -> Iterator[int]:
        messages = self.streams[consumer.stream].messages
        return (
            place
            for place in range(consumer.given, len(messages))
            if messages[place].subject == consumer.subject
        )


@dataclass(slots=True)
class Link:
    """One process's connection, which can be cut; what it asks is a step of the process."""

    broker: SimulatedBroker
    steps: Steps

    async def publish_stored(
        self, address: str, body: bytes, headers: dict[str, str], *, stream: str
    ) -> None:
        """Publish, and return once it is stored; `Away` when nobody knows."""
        try:
            fate = await self._before(f"publish {address}")
            self.broker.store(stream, address, headers, body)
            await self.steps.after(fate)
        except Lost as unknown:
            raise Away(f"the broker did not store {address}") from unknown

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish many, and say of each whether it is known to be stored."""
        if self.broker.away:
            self.steps.troubles += 1
            raise Away("the broker cannot be reached")
        return [await self._publish(one) for one in messages]

    async def tell(self, what: str, change: Callable[[], None]) -> bool:
        """Send what nobody answers, and say, which only we can, whether the connection held."""
        try:
            fate = await self._before(what)
            change()
            await self.steps.after(fate)
        except Lost:
            return False
        return True

    async def _publish(self, one: Outgoing) -> bool:
        try:
            await self.publish_stored(one.address, one.body, one.headers, stream=one.stream)
        except Away:
            return False
        return True

    async def _before(self, what: str) -> Fate | None:
        fate = await self.steps.before(what)
        if self.broker.away:
            self.steps.troubles += 1
            raise Lost("the broker is away")
        return fate


@dataclass(slots=True)
class _Raw:
    """One delivery, with the verbs of the client library's message."""

    broker: SimulatedBroker
    consumer: Consumer
    stored: Stored
    metadata: Metadata
    link: Link
    unheard: bool = False
    """Whether the broker never heard what its process said of it in the end."""

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.stored.headers)

    @property
    def data(self) -> bytes:
        return self.stored.body

    @property
    def subject(self) -> str:
        return self.stored.subject

    @property
    def reply(self) -> str:
        """Where an ack goes; clients read from it how often this was delivered."""
        return f"$JS.ACK.stream.place.{self.metadata.num_delivered}.1.1.1.0"

    async def ack(self) -> None:
        self.unheard = not await self.link.tell("ack", self._done)

    async def term(self) -> None:
        self.unheard = not await self.link.tell("term", self._done)

    async def nak(self, delay: float | None = None) -> None:
        self.unheard = not await self.link.tell("nak", lambda: self._due(delay or 0.0))

    async def in_progress(self) -> None:
        await self.link.tell("beat", lambda: self._due(self.broker.ack_wait))

    def _done(self) -> None:
        self.consumer.pending.pop(self.stored.place, None)

    def _due(self, delay: float) -> None:
        if self.stored.place in self.consumer.pending:
            self.consumer.pending[self.stored.place].due = self.broker.clock() + delay


def is_held(raw: Msg, until: float) -> bool:
    """Say whether a delivery that nobody else was given meanwhile waits longer than until then.

    Of one whose ack was lost nobody can say more than that it will be given again.
    """
    given = cast(_Raw, raw)
    if given.unheard:
        return False
    pending = given.consumer.pending.get(given.stored.place)
    ours = pending is not None and pending.deliveries == given.metadata.num_delivered
    return ours and pending is not None and pending.due > until
