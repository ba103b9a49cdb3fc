"""The bus: a process's one connection to NATS, on which it hears, asks, answers, publishes."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

import nats.aio.msg
import nats.errors
import nats.js.errors
import structlog
from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.again import TO
from shared.attempts import Attempts
from shared.bus_hearing import Hearing, Place
from shared.bus_storing import Storing
from shared.bus_wary import Wary
from shared.cause import Cause
from shared.database import Database
from shared.dead_letters import DeadLetters
from shared.delivery import Courier, Listener, Patience
from shared.envelope import Envelope
from shared.messages import Answer, Message, Request
from shared.order import InOrder, Orders
from shared.parking import Parking
from shared.problems import Away
from shared.queue import Queue
from shared.relay import Outgoing
from shared.requests import Answers, Verb, ask
from shared.together import Together
from shared.turns import Turns

PUBLISH_WITHIN: Final = 5.0
PING: Final = 3
"""Seconds between questions to the broker; the third without an answer means another node."""
TOGETHER: Final = 4
"""How many times `batch` messages are taken in hand where they share a transaction."""
VERSION: Final = "0.1.0"
_LATE_ANSWER: Final = 'publish to "_inbox_'
"""What is refused when we answer what was asked before the broker restarted, or a minute ago: leave
to answer is given for each question, and goes with the connection. Whoever asked asks again."""
CLOSED_FOR_GOOD: Final = 70
"""The exit code of a process whose connection is closed for ever; a supervisor restarts it."""

M = TypeVar("M", bound=Message)
A = TypeVar("A", bound=Answer)
R = TypeVar("R", bound=Request[Any])
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is and who we are there; a cluster's nodes have commas between."""

    url: str
    user: str
    password: str


class Bus:
    """One process's connection: what it hears, what it answers, whom it asks, what it publishes."""

    def __init__(
        self,
        service: str,
        address: Address,
        database: Database | None = None,
        *,
        http: str = "",
        patience: Patience | None = None,
    ) -> None:
        """Prepare a connection. `http` is where this process can be looked at, for discovery."""
        self._patience = patience or Patience()
        self._service = service
        self._database = database
        self._address = address
        self._answers = Answers(service, VERSION, http)
        self._turns: list[Turns] = []
        self._draining = asyncio.Event()
        self._orders: Orders | None = None
        self._company: Together | None = None
        self._hearing = Hearing()
        self._storing: Storing | None = None
        self._connection: Client | None = None
        self._stopping = False
        self.denied: str = ""
        """The last thing the broker refused us, which a correct manifest never lets happen."""
        self.linger = 0.0
        """Seconds that what is done together waits for more; for who serves nobody that waits."""
        self._inbox = f"_INBOX_{service}"
        nodes = address.url.split(",")
        self._wary = Wary() if len(nodes) > 1 else None
        self._broker = NatsBroker(
            random.sample(nodes, len(nodes)),  # and in that order: the one we left comes last
            dont_randomize=True,
            name=service,
            security=SASLPlaintext(address.user, address.password) if address.user else None,
            inbox_prefix=self._inbox,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=PING,
            error_cb=self._on_error,
            closed_cb=self._on_closed,
            reconnected_cb=self._hearing.ask_anew,
            apply_types=False,
            graceful_timeout=15.0,
            logger=None,
        )

    @property
    def connection(self) -> Client:
        """The plain connection, for what has no verb of its own here."""
        if self._connection is None:
            raise Away("the bus is not connected yet")
        return self._connection

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream on that connection, for key-value buckets and ordered readers."""
        return self.connection.jetstream(timeout=PUBLISH_WITHIN)

    def on(  # noqa: PLR0913  # each is something to be known about one handler
        self,
        message: type[M],
        verb: Callable[[M, Cause], Awaitable[None]],
        *,
        batch: int = 16,
        turns: int = 0,
        together: bool = False,
        give_up: Callable[[M, Cause], Awaitable[None]] | None = None,
        in_order: bool | None = None,
    ) -> None:
        """Hear a message at our own place in its stream, and when it is said again to us alone.

        Up to `batch` messages are in hand at once: 1 for slow work.
        With `turns` a message waits its turn, fair between people, and so many are done at once;
        the service's database needs the table for it (`tables.create_turns`).
        `together` does it in one transaction with others where it can: for a verb that does nothing
        but begin one transaction with its cause, and write there.
        `give_up` is called for a message that is kept aside as a dead letter, to say so to those
        who wait for it; it does not count as handled, so that it can be said again.
        `in_order` lets what comes later about the same thing wait behind one that fails. It is so
        unless said otherwise, but not where `give_up` or `turns` are given: whoever was told that
        something failed may try again, and work that waits its turn has no order.
        """
        durable = message.subject.durable(self._service)
        courier = Courier(
            durable=durable,
            message=message,
            verb=verb,
            database=self._need_database(),
            attempts=Attempts(self._need_database()),
            dead_letters=DeadLetters(self),
            give_up=give_up,
            patience=self._patience,
            draining=self._draining,
        )
        listener: Listener = courier
        if turns:
            queue = Queue(self._need_database(), durable)
            listener = Turns(courier, queue, at_once=turns)
            self._turns.append(listener)
        order: InOrder | None = None
        if in_order if in_order is not None else not (give_up or turns):
            listener = order = self._need_orders().keep(durable, listener)
        said_again = Place(TO, f"to-{durable}")
        self._hearing.listen(said_again, listener, batch=batch)
        if together:
            listener, batch = self._need_company().keep(courier, order, listener), batch * TOGETHER
        self._hearing.listen(Place(message.subject.stream, durable), listener, batch=batch)

    def answer(self, request: type[R], verb: Verb[R]) -> None:
        """Answer a request with a verb."""
        self._answers.add(request, verb)

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A:
        """Ask the owner of a request; raises `Refused` or `Away`."""
        return await ask(self.connection, request, cause, source=self._service, within=within)

    async def follow(self, message: type[M], seen: Callable[[M, Cause], Awaitable[None]]) -> None:
        """See a message in passing, only from now on and while we live; nothing is repeated."""

        async def glance(raw: "nats.aio.msg.Msg") -> None:
            cause = Envelope.read(raw.headers or {}).cause()
            await seen(message.model_validate_json(raw.data), cause)

        await self.connection.subscribe(str(message.subject), cb=glance)

    async def connect(self, within: float = 10.0) -> Self:
        """Connect, or raise `Away` when no broker answers in time."""
        try:
            self._connection = await asyncio.wait_for(self._broker.connect(), within)
        except (OSError, TimeoutError, nats.errors.Error) as gone:
            raise Away(f"no broker at {self._address.url}: {gone!r}") from gone
        return self

    async def start(self) -> None:
        """Begin to hear and to answer; connects first if that was not done."""
        if self._connection is None:
            await self.connect()
        await self._hearing.start(self.connection)
        await self._answers.start(self.connection)
        if self._wary is not None:
            self._wary.start(self.connection)

    async def take_turns(self) -> None:
        """Do what waits its turn, for ever; one of a process's backgrounds."""
        async with asyncio.TaskGroup() as group:
            for turns in self._turns:
                group.create_task(turns.run())
            if self._orders is not None:
                group.create_task(self._orders.run())

    async def stop(self) -> None:
        """Take nothing more, finish what is in hand, say goodbye."""
        self._stopping = True
        self._draining.set()
        if self._wary is not None:
            self._wary.stop()
        await self._answers.stop()
        if self._connection is not None and self._connection.is_connected:
            await self._hearing.stop()
            await asyncio.gather(*(turns.stop() for turns in self._turns))
            if self._orders is not None:
                await self._orders.stop()
            await self._connection.flush(timeout=2)
        await self._broker.stop()

    async def publish_stored(
        self, address: str, body: bytes, headers: dict[str, str], *, stream: str
    ) -> None:
        """Publish to a stream and return once it is stored; `Away` while it cannot be."""
        try:
            await self.jetstream.publish(
                address, body, headers=headers, stream=stream, timeout=PUBLISH_WITHIN
            )
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as unknown:
            raise Away(f"the broker did not store {address}: {unknown!r}") from unknown

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish many at once, and say of each whether the broker has stored it."""
        if not self.connection.is_connected:
            raise Away("the broker cannot be reached")
        if self._storing is None:
            self._storing = Storing(self.connection, PUBLISH_WITHIN)
        refusals = await self._storing.store(messages)
        for reason, times in Counter(filter(None, refusals)).items():
            log.warning("not stored", messages=times, reason=reason)
        return [not reason for reason in refusals]

    def _need_database(self) -> Database:
        if self._database is None:
            raise RuntimeError(
                f"{self._service} hears messages, so it needs a database for its inbox"
            )
        return self._database

    def _need_company(self) -> Together:
        if self._company is None:
            self._company = Together(self._need_database(), self.linger)
        return self._company

    def _need_orders(self) -> Orders:
        if self._orders is None:
            self._orders = Orders(Parking(self._need_database()), self._draining)
        return self._orders

    async def _on_error(self, error: Exception) -> None:
        text = str(error)
        if "permissions violation" in text.lower() and _LATE_ANSWER not in text.lower():
            self.denied = text
        log.warning("broker error", error=repr(error))
        if "authorization violation" in text.lower():
            await self._on_closed()

    async def _on_closed(self) -> None:
        """End the process: only a new one, with new settings, can be let in again."""
        if not self._stopping:
            log.critical("the broker closed the connection for good")
            os._exit(CLOSED_FOR_GOOD)
