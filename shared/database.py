"""A service's own PostgreSQL: transactions in which effects, inbox and outbox happen together."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, Self, TypeVar

import asyncpg
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from shared.cause import Cause, Delivery, Lease
from shared.envelope import Envelope
from shared.messages import Message
from shared.problems import Away

_TAKE: Final = text(
    "INSERT INTO inbox (durable, message_id, generation)"
    " VALUES (:durable, :message_id, :generation) ON CONFLICT DO NOTHING RETURNING 1"
)
_SAY: Final[TextClause] = text(
    "INSERT INTO outbox (message_id, address, headers, body)"
    " VALUES (:message_id, :address, :headers, :body)"
).bindparams(bindparam("headers", type_=JSONB))

# Until the transaction ends nobody can take the turn over; a beat that comes meanwhile waits.
_HOLD: Final = text("SELECT 1 FROM turns WHERE id = :turn AND lease = :token FOR SHARE")

# asyncpg's names for a server that is going, coming or full: none of them is the message's fault.
_GONE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    ConnectionError,
    TimeoutError,
    OSError,
)


class AlreadyHandled(Exception):
    """This listener has handled this message before; nothing was changed."""


class LostTurn(AlreadyHandled):
    """The turn is another's now, or was withdrawn; nothing was changed."""


@dataclass(slots=True)
class Wake:
    """Tells the relay of this process that something was committed to the outbox."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    full: bool = False
    """Whether the outbox is at its limit, so that nothing new is begun from outside."""


@dataclass(slots=True)
class Unit:
    """One transaction. What is said in it is heard only if it commits."""

    session: AsyncSession
    cause: Cause
    source: str
    spoke: bool = False

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        """Put an event, a command or a push beside the change that it tells of."""
        envelope = Envelope.seal(message, self.cause, source=self.source, sequence=sequence)
        row = {
            "message_id": envelope.id,
            "address": message.address,
            "headers": envelope.headers(),
            "body": message.model_dump_json(),
        }
        await self.session.execute(_SAY, row)
        self.spoke = True


class Transaction:
    """What a service's transaction has from the start; its store adds what it knows of its rows."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._session = unit.session

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        """Tell, if the transaction commits."""
        await self.unit.say(message, sequence=sequence)


T_co = TypeVar("T_co", bound=Transaction, covariant=True)


class Database:
    """Connections to one service's database, made as its own role."""

    def __init__(self, engine: AsyncEngine, *, source: str) -> None:
        self.engine = engine
        self.wake = Wake()
        self._source = source

    @classmethod
    async def connect(cls, url: str, *, source: str, pool: int = 8) -> Self:
        """Prepare a pool on `postgresql+asyncpg://…`; the server need not be up yet."""
        engine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=True,
            connect_args={"timeout": 5, "server_settings": {"application_name": source}},
        )
        return cls(engine, source=source)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Unit]:
        """Open a transaction that commits when its block ends.

        For something heard it first takes the message: `AlreadyHandled` if that was done before.
        In a turn it commits only while the turn is ours: `LostTurn` otherwise. That is looked at
        last, so that everybody locks what they change first and turns after it.
        `Away` when the database cannot be reached, or while the outbox is full for new requests.
        """
        if self.wake.full and not cause.begun:
            raise Away("too much waits to be published; try again in a moment")
        with_said = False
        try:
            async with (
                AsyncSession(self.engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                if cause.delivery is not None:
                    await _take(session, cause.delivery)
                unit = Unit(session, cause, self._source)
                yield unit
                if cause.lease is not None:
                    await _still_hold(session, cause.lease)
                with_said = unit.spoke
        except Exception as error:
            if is_gone(error):
                raise Away("the database cannot be reached") from error
            raise
        if with_said:
            self.wake.event.set()

    async def handled(self, delivery: Delivery) -> bool:
        """Say whether a message was handled before, to spare long work; `begin` is the judge."""
        async with self.reading() as session:
            found = await session.execute(
                text(
                    "SELECT 1 FROM inbox WHERE durable = :durable AND message_id = :message_id"
                    " AND generation = :generation"
                ),
                _key(delivery),
            )
            return found.first() is not None

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Open a session outside any cause, for the machinery's own bookkeeping and for reads."""
        try:
            async with (
                AsyncSession(self.engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        except Exception as error:
            if is_gone(error):
                raise Away("the database cannot be reached") from error
            raise

    async def ping(self) -> None:
        """Raise `Away` if the database does not answer."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Let every connection go."""
        await self.engine.dispose()


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


def is_gone(error: BaseException) -> bool:
    """Tell a database that is not there from one that said no."""
    if isinstance(error, PoolTimeout | InterfaceError | OperationalError):
        return True
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None
        return error.connection_invalidated or isinstance(cause, _GONE)
    return isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.InterfaceError
        | ConnectionError
        | TimeoutError,
    )


async def _take(session: AsyncSession, delivery: Delivery) -> None:
    taken = await session.execute(_TAKE, _key(delivery))
    if taken.first() is None:
        raise AlreadyHandled(f"{delivery.durable} has handled {delivery.message_id}")


async def _still_hold(session: AsyncSession, lease: Lease) -> None:
    held = await session.execute(_HOLD, {"turn": lease.turn, "token": lease.token})
    if held.first() is None:
        raise LostTurn(f"turn {lease.turn} is not ours any more")


def _key(delivery: Delivery) -> dict[str, str | int]:
    return {
        "durable": delivery.durable,
        "message_id": delivery.message_id,
        "generation": delivery.generation,
    }
