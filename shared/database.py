"""A service's own PostgreSQL: transactions in which effects, inbox and outbox happen together."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Generic, Self, TypeVar

from sqlalchemy import ClauseElement, text

from shared import boxes
from shared.again import To
from shared.boxes import AlreadyHandled, Said
from shared.cause import Cause, Delivery
from shared.connections import Connections, Rows, Session, is_gone
from shared.envelope import Envelope
from shared.messages import Event, Kind, Message
from shared.problems import Away

_ALIVE: Final = text("SELECT 1")
_HANDLED: Final = text("""
    SELECT 1 FROM inbox WHERE durable = :durable AND message_id = :message_id
    AND generation = :generation""")


@dataclass(slots=True)
class Wake:
    """Tells the relay of this process that something was committed to the outbox."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    full: bool = False
    """Whether the outbox is at its limit, so that nothing new is begun from outside."""


@dataclass(slots=True)
class Unit:
    """One transaction. What is said in it is heard only if it commits."""

    session: Session
    cause: Cause
    source: str
    said: list[Said] = field(default_factory=list)
    """Written when the transaction ends, all at once."""

    @property
    def spoke(self) -> bool:
        """Whether anything was said."""
        return bool(self.said)

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        """Put an event, a command or a push beside the change that it tells of.

        What was heard again for a rebuild is no news to people: nothing of it is pushed.
        """
        if message.kind is Kind.PUSH and self.cause.rebuilding:
            return
        envelope = Envelope.seal(message, self.cause, source=self.source, sequence=sequence)
        self._put(envelope, message.address, envelope.headers(), message)

    async def say_again(self, event: Event, to: To, *, sequence: int = 0) -> None:
        """Tell one listener alone what may have left the stream long ago."""
        cause = replace(self.cause, actor=to.actor)
        sealed = Envelope.seal(event, cause, source=self.source, sequence=sequence)
        envelope = replace(sealed, generation=to.generation)
        headers = envelope.headers() | {"Nats-Msg-Id": f"{envelope.id}:1"}
        self._put(envelope, to.address, headers, event)

    def _put(
        self, envelope: Envelope, address: str, headers: dict[str, str], message: Message
    ) -> None:
        self.said.append(Said(envelope.id, address, headers, message.model_dump_json()))


@dataclass(slots=True)
class _Joint:
    """A transaction that the verbs of several messages share."""

    connection: Session
    fresh: set[Delivery]
    said: list[Said] = field(default_factory=list)


_joint: ContextVar[_Joint | None] = ContextVar("joint", default=None)


class NotJoint(Exception):
    """A verb that runs with others in one transaction wanted another one of its own."""


class Transaction:
    """What a service's transaction has from the start; its store adds what it knows of its rows."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._session = unit.session

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        """Tell, if the transaction commits."""
        await self.unit.say(message, sequence=sequence)

    async def say_again(self, event: Event, to: To, *, sequence: int = 0) -> None:
        """Tell one listener alone, for its rebuild, if the transaction commits."""
        await self.unit.say_again(event, to, sequence=sequence)


T_co = TypeVar("T_co", bound=Transaction, covariant=True)


class Database:
    """Connections to one service's database, made as its own role."""

    def __init__(self, connections: Connections, *, source: str) -> None:
        self.wake = Wake()
        self._connections = connections
        self._source = source

    @classmethod
    async def connect(cls, url: str, *, source: str, pool: int = 8) -> Self:
        """Prepare a pool on `postgresql+asyncpg://…`; the server need not be up yet."""
        return cls(Connections(url, name=source, size=pool), source=source)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Unit]:
        """Open a transaction that commits when its block ends.

        For something heard it first takes the message: `AlreadyHandled` if that was done before.
        In a turn it commits only while the turn is ours: `LostTurn` otherwise. That is looked at
        last, so that everybody locks what they change first and turns after it.
        `Away` when the database cannot be reached, while the outbox is full for new requests, or
        when whoever asked waits no longer: a newer wish of theirs may have been done meanwhile.
        """
        joint = _joint.get()
        if joint is not None:
            yield self._within(joint, cause)
            return
        if self.wake.full and not cause.begun:
            raise Away("too much waits to be published; try again in a moment")
        async with self.reading() as session:
            if cause.delivery is not None and not await boxes.take(session, [cause.delivery]):
                heard = cause.delivery
                raise AlreadyHandled(f"{heard.durable} has handled {heard.message_id}")
            unit = Unit(session, cause, self._source)
            yield unit
            if cause.lease is not None:
                await boxes.still_hold(session, cause.lease)
            if unit.said:
                await boxes.put(session, unit.said)
            if cause.late:
                raise Away("whoever asked this waits no longer; nothing was changed")
        if unit.said:
            self.wake.event.set()

    @asynccontextmanager
    async def together(self, heard: Sequence[Delivery]) -> AsyncGenerator[set[Delivery]]:
        """Open one transaction for several messages, each verb's `begin` within joins it.

        Yields those not handled before; all of their effects commit when the block ends, or none.
        """
        async with self.reading() as session:
            joint = _Joint(session, await boxes.take(session, heard))
            token = _joint.set(joint)
            try:
                yield joint.fresh
            finally:
                _joint.reset(token)
            if joint.said:
                await boxes.put(session, joint.said)
        if joint.said:
            self.wake.event.set()

    def _within(self, joint: _Joint, cause: Cause) -> Unit:
        if cause.delivery not in joint.fresh:
            raise NotJoint("only verbs of one transaction may run together with others")
        return Unit(joint.connection, cause, self._source, joint.said)

    async def handled(self, delivery: Delivery) -> bool:
        """Say whether a message was handled before, to spare long work; `begin` is the judge."""
        return (await self.ask(_HANDLED, asdict(delivery))).first() is not None

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Session]:
        """Open a transaction outside any cause: for reads, and the machinery's own bookkeeping."""
        with _unless_gone():
            async with self._connections.transaction() as session:
                yield session

    async def ask(
        self, statement: ClauseElement, parameters: Mapping[str, Any] | None = None
    ) -> Rows:
        """Run a single statement outside any cause; it is a transaction in itself."""
        with _unless_gone():
            return await self._connections.ask(statement, parameters)

    async def ping(self) -> None:
        """Raise `Away` if the database does not answer."""
        await self.ask(_ALIVE)

    async def close(self) -> None:
        """Let every connection go."""
        await self._connections.close()


class Store(ABC, Generic[T_co]):
    """A service's own rows, reached in transactions alone."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[T_co]:
        """Open a transaction that commits when its block ends."""
        async with self.database.begin(cause) as unit:
            yield self.within(unit)

    @abstractmethod
    def within(self, unit: Unit) -> T_co:
        """Make the service's own kind of transaction."""


@contextmanager
def _unless_gone() -> Generator[None]:
    """Raise `Away` where the database is not there."""
    try:
        yield
    except Exception as error:
        if is_gone(error):
            raise Away("the database cannot be reached") from error
        raise
