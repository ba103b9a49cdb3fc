"""What becomes of one message in a listener's hands: done once, tried again, held, kept aside."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, Generic, Protocol, TypeVar

import structlog
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from prometheus_client import Counter
from pydantic import ValidationError

from shared import telemetry
from shared.again import DISCARDED
from shared.attempts import Attempts
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery, Lease
from shared.database import Database
from shared.dead_letters import DeadLetters, Reason
from shared.envelope import BadEnvelope, Envelope
from shared.messages import Message
from shared.problems import Away

BEAT: Final = 2.5
"""Seconds between two signs that a message is still being worked on; `ack_wait` is 8."""

HANDLED: Final = Counter(
    "mesh_messages_handled_total", "Messages that reached an outcome", ["durable", "outcome"]
)

M = TypeVar("M", bound=Message)
log = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)


class Heard(Protocol):
    """A message as the broker hands it over."""

    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def deliveries(self) -> int: ...
    @property
    def lease(self) -> Lease | None: ...
    async def beat(self) -> None: ...


class Listener(Protocol):
    """Who does what a message asks for, or sees that it is done, and tells what became of it."""

    async def deliver(self, heard: Heard) -> "Verdict": ...


class Outcome(Enum):
    """What the broker is told."""

    DONE = "done"
    REPEATED = "repeated"
    AGAIN = "again"
    DEAD = "dead"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome, and for AGAIN the seconds until then."""

    outcome: Outcome
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try: full jitter between half and the whole of a doubling delay."""

    errors: int = 6
    starts: int = 10
    first: float = 0.5
    longest: float = 30.0
    trusted: int = 2
    """Deliveries after which it runs alone, so that one that kills its process is found out."""

    def delay(self, errors: int) -> float:
        """Seconds until the next try after so many errors."""
        whole = min(self.longest, self.first * 2 ** (errors - 1))
        return random.uniform(whole / 2, whole)  # noqa: S311  # spreads load, guards nothing


SOON: Final = Verdict(Outcome.AGAIN, 1.0)
"""No failure, so it is not counted: bring it again in a moment."""


@dataclass(slots=True)
class Courier(Generic[M]):
    """Hands messages of one class to one verb, and decides what becomes of each."""

    durable: str
    message: type[M]
    verb: Callable[[M, Cause], Awaitable[None]]
    database: Database
    attempts: Attempts
    dead_letters: DeadLetters
    give_up: Callable[[M, Cause], Awaitable[None]] | None = None
    """Says in the owner's words that a message is kept aside, so that nobody waits for ever."""
    patience: Patience = field(default_factory=Patience)
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    _suspects: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def deliver(self, heard: Heard) -> Verdict:
        """Do it, and answer what the broker is to be told; never raises but when cancelled."""
        with self.tracing(heard) as span:
            with beating([heard]):
                verdict = await self._until_decided(heard)
            self.tell(verdict.outcome, span)
        return verdict

    @contextmanager
    def tracing(self, heard: Heard) -> Generator[Span]:
        """Go on with the message's own trace while it is handled."""
        parent = telemetry.read(heard.headers)
        with tracer.start_as_current_span(
            f"handle {self.message.__name__}", context=parent, kind=SpanKind.CONSUMER
        ) as span:
            span.set_attribute("messaging.system", "nats")
            span.set_attribute("messaging.consumer.group.name", self.durable)
            span.set_attribute("messaging.message.id", heard.headers.get("ce-id", ""))
            yield span

    def tell(self, outcome: Outcome, span: Span) -> None:
        """Tell those who watch us what became of a message."""
        span.set_attribute("mesh.outcome", outcome.value)
        HANDLED.labels(self.durable, outcome.value).inc()

    def read(self, heard: Heard) -> tuple[M, Cause, Delivery]:
        """Understand a message; `BadEnvelope` or pydantic's `ValidationError` if nobody can."""
        envelope = Envelope.read(heard.headers)
        delivery = envelope.delivery(self.durable)
        cause = replace(envelope.cause(delivery), lease=heard.lease)
        return self.message.model_validate_json(heard.body), cause, delivery

    async def _until_decided(self, heard: Heard) -> Verdict:
        """Hold the message while a dependency is away: that is not its failure, and not counted."""
        pause = 0.2
        while True:
            try:
                return await self._decide(heard)
            except Away as away:
                log.warning("paused", durable=self.durable, reason=away.detail)
            try:
                async with asyncio.timeout(pause):
                    await self.draining.wait()
            except TimeoutError:
                pause = min(2.0, pause * 2)
            else:
                return SOON

    async def _decide(self, heard: Heard) -> Verdict:
        try:
            if DISCARDED in heard.headers:
                return await self._drop(heard)
            message, cause, delivery = self.read(heard)
        except (BadEnvelope, ValidationError) as unreadable:
            return await self._bury(heard, _unreadable(unreadable))
        context = {
            "durable": self.durable,
            "message": delivery.message_id,
            "correlation": str(cause.correlation),
        }
        with _about(context):
            if heard.deliveries > 1:
                return await self._retry(heard, message, cause, delivery)
            return await self._run(heard, message, cause, delivery)

    async def _drop(self, heard: Heard) -> Verdict:
        """Take what was given up as handled, so that it is not run however often it comes."""
        envelope = Envelope.read(heard.headers)
        cause = envelope.cause(envelope.delivery(self.durable))
        with contextlib.suppress(AlreadyHandled):
            async with self.database.begin(cause):
                log.info("given up", durable=self.durable, message=envelope.id)
        return Verdict(Outcome.DONE)

    async def _retry(self, heard: Heard, message: M, cause: Cause, delivery: Delivery) -> Verdict:
        """Run what was delivered before, suspects one by one, and none that keeps killing us."""
        if await self.database.handled(delivery):
            return Verdict(Outcome.REPEATED)
        if heard.deliveries <= self.patience.trusted:
            return await self._counted(heard, message, cause, delivery)
        async with self._suspects:
            return await self._counted(heard, message, cause, delivery)

    async def _counted(self, heard: Heard, message: M, cause: Cause, delivery: Delivery) -> Verdict:
        count = await self.attempts.start(delivery)
        if count.starts > self.patience.starts:
            detail = (
                f"begun {count.starts - 1} times without an outcome: it seems to end its process"
            )
            await self._say_so(message, cause)
            return await self._bury(heard, Reason("no-outcome", detail, attempts=count.starts - 1))
        try:
            verdict = await self._run(heard, message, cause, delivery)
        except Away:
            await self.attempts.give_back(delivery)
            raise
        if verdict.outcome is Outcome.DONE:
            await self.attempts.forget(delivery)
        return verdict

    async def _run(self, heard: Heard, message: M, cause: Cause, delivery: Delivery) -> Verdict:
        try:
            await self.verb(message, cause)
        except AlreadyHandled:
            return Verdict(Outcome.REPEATED)
        except Away:
            raise
        except Exception as error:
            count = await self.attempts.fail(delivery, repr(error))
            log.warning("failed", error=type(error).__name__, errors=count.errors, exc_info=True)
            if count.errors >= self.patience.errors:
                await self._say_so(message, cause)
                return await self._bury(heard, Reason.of(error, count.errors))
            return Verdict(Outcome.AGAIN, self.patience.delay(count.errors))
        return Verdict(Outcome.DONE)

    async def _say_so(self, message: M, cause: Cause) -> None:
        if self.give_up is not None:
            try:
                await self.give_up(message, cause.midway())
            except Away:
                raise
            except Exception:
                log.exception("giving up failed")

    async def _bury(self, heard: Heard, reason: Reason) -> Verdict:
        await self.dead_letters.keep(self.durable, heard.body, heard.headers, reason)
        log.error(
            "dead letter", durable=self.durable, code=reason.code, fingerprint=reason.fingerprint
        )
        return Verdict(Outcome.DEAD)


@contextmanager
def beating(heard: Sequence[Heard]) -> Generator[None]:
    """Tell the broker from time to time that messages are in good hands.

    Most are done long before the first time, so only then a task is made for it.
    """
    tasks: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()
    timer = loop.call_later(BEAT, lambda: tasks.append(loop.create_task(_beat(heard))))
    try:
        yield
    finally:
        timer.cancel()
        for task in tasks:
            task.cancel()


async def _beat(heard: Sequence[Heard]) -> None:
    while True:
        try:
            for one in heard:
                await one.beat()
        except Exception as unheard:  # noqa: BLE001  # a missed beat costs a repetition, no more
            log.debug("beat not heard", error=repr(unheard))
        await asyncio.sleep(BEAT)


@contextmanager
def _about(context: dict[str, str]) -> Generator[None]:
    """Put these on every line that is logged; structlog's own way reads everything first."""
    tokens = structlog.contextvars.bind_contextvars(**context)
    try:
        yield
    finally:
        structlog.contextvars.reset_contextvars(**tokens)


def _unreadable(error: BadEnvelope | ValidationError) -> Reason:
    if isinstance(error, BadEnvelope):
        return Reason("bad-envelope", str(error))
    first = error.errors(include_input=False, include_url=False)[0]
    pointer = "".join(f"/{part}" for part in first["loc"])
    return Reason("bad-body", f"{pointer}: {first['msg']}", pointer=pointer)
