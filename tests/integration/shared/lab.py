"""A mesh of two services that know no business: `lab` says and works, `ear` hears and asks."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import nats
from nats.aio.client import Client
from sqlalchemy import MetaData, Table, func, select, text

from shared import tables
from shared.bus import Address, Bus
from shared.cause import Cause, new_id
from shared.database import Database
from shared.delivery import Patience
from shared.manifest import Manifest
from shared.messages import Answer, Command, Event, Request, Subject
from shared.provision import broker, databases, streams
from shared.provision.sandbox import SANDBOX
from shared.relay import Relay
from tests.servers import Nats

_EFFECT = text("INSERT INTO effects VALUES (:id)")
PASSWORDS = {
    broker.ADMIN: "admin",
    SANDBOX: "sandbox-secret",
    "lab": "lab-secret",
    "ear": "ear-secret",
}
SOMEBODY = Cause(actor=new_id())


class Happened(Event, subject="evt.lab.happened.v1", key="thing_id"):
    """Something happened in the lab."""

    thing_id: UUID
    note: str = ""


class Work(Command, subject="cmd.lab.work.v1", key="thing_id"):
    """Do something in the lab."""

    thing_id: UUID


class Pong(Answer):
    """What the lab answers."""

    note: str


class Ping(Request[Pong], subject="req.lab.ping.v1"):
    """Is anybody in the lab?"""

    note: str


def manifest(name: str, **parts: tuple[str, ...]) -> Manifest:
    """Make a manifest of subjects, as its file would."""
    words = {
        part: tuple(Subject.parse(word) for word in parts.get(part, ()))
        for part in ("says", "hears", "asks", "answers", "follows")
    }
    return Manifest(
        name=name,
        summary=name,
        **words,
        buckets=(),
        caches=(),
        pushes=False,
        reads_push=False,
        reads_dead=False,
        watches=False,
        discovers=False,
        database=True,
        extensions=(),
    )


MANIFESTS = {
    "lab": manifest(
        "lab",
        says=("evt.lab.happened.v1", "cmd.lab.work.v1"),
        hears=("cmd.lab.work.v1",),
        answers=("req.lab.ping.v1",),
    ),
    "ear": manifest("ear", hears=("evt.lab.happened.v1",), asks=("req.lab.ping.v1",)),
}


HASTY = Patience(first=0.05, longest=0.05)
SIZES = streams.Sizes(stream_bytes=64 * 1024 * 1024, ack_wait=3.0)


@dataclass(slots=True)
class Lab:
    """Real servers, provisioned for the two services; everything opened is closed at the end."""

    server: Nats
    admin_url: str
    stack: AsyncExitStack
    databases: dict[str, Database] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
    """How the buses deal with what fails; less of it makes a test of failures short."""
    sizes: streams.Sizes = SIZES

    async def prepare(self) -> None:
        """Make databases with the tables, streams and consumers."""
        admin = await asyncpg.connect(self.admin_url)
        for name in MANIFESTS:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await admin.execute(f"DROP ROLE IF EXISTS {name}")
        await admin.close()
        await databases.prepare(self.admin_url, MANIFESTS, PASSWORDS, migrate=self._tables)
        jetstream = (await self.connect(broker.ADMIN)).jetstream(timeout=30)
        await streams.apply(jetstream, streams.plan(MANIFESTS.values(), self.sizes))

    async def connect(self, user: str, password: str | None = None, **more: object) -> Client:
        """A plain connection as one of the broker's users."""
        options = {"inbox_prefix": f"_INBOX_{user}", "max_reconnect_attempts": 0, **more}
        client = await nats.connect(
            self.server.url.split(","), user=user, password=password or PASSWORDS[user], **options
        )
        self.stack.push_async_callback(client.close)
        return client

    def database_url(self, name: str) -> str:
        """The address of a service's database, as its own role."""
        return databases.url_of(self.admin_url, name, PASSWORDS[name])

    async def database(self, name: str) -> Database:
        """The database of a service, opened once."""
        if name not in self.databases:
            database = await Database.connect(self.database_url(name), source=name)
            self.stack.push_async_callback(database.close)
            self.databases[name] = database
        return self.databases[name]

    async def bus(self, name: str) -> Bus:
        """A service's bus, not yet started."""
        bus = Bus(name, self.address(name), await self.database(name), patience=self.patience)
        self.stack.push_async_callback(bus.stop)
        return bus

    async def bus_of_admin(self) -> Bus:
        """The bus of somebody who may say anything again to anybody, as operators may."""
        address = Address(self.server.url, broker.ADMIN, PASSWORDS[broker.ADMIN])
        bus = await Bus(broker.ADMIN, address).connect()
        self.stack.push_async_callback(bus.stop)
        return bus

    def address(self, name: str) -> Address:
        """Where the broker is, for one of its users."""
        return Address(self.server.url, name, PASSWORDS[name])

    async def relay(self, bus: Bus) -> Relay:
        """Start carrying the lab's outbox."""
        relay = Relay(await self.database("lab"), bus)
        task = asyncio.create_task(relay.run())
        self.stack.callback(task.cancel)
        return relay

    async def say(self, *messages: Event | Command) -> None:
        """Say something as the lab, in one transaction."""
        async with (await self.database("lab")).begin(SOMEBODY) as unit:
            for message in messages:
                await unit.say(message)

    async def count(self, name: str, table: str) -> int:
        """How many rows a service's table has."""
        async with (await self.database(name)).reading() as session:
            found = await session.execute(
                select(func.count()).select_from(Table(table, MetaData()))
            )
            return int(found.scalar_one())

    async def _tables(self, url: str, _: str) -> None:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        statements: list[str] = []
        tables.create(statements.append)
        tables.create_turns(statements.append)
        for statement in [*statements, "CREATE TABLE effects (thing_id uuid NOT NULL)"]:
            await connection.execute(statement)
        await connection.close()


@dataclass(slots=True)
class Ear:
    """Remembers what it heard: each once in its table, every run in `runs`."""

    database: Database
    runs: list[UUID] = field(default_factory=list)
    fail: Callable[[Happened, int], None] = lambda _message, _run: None

    async def hear(self, heard: Happened, cause: Cause) -> None:
        """Write it down, in one transaction with the inbox."""
        self.runs.append(heard.thing_id)
        self.fail(heard, self.runs.count(heard.thing_id))
        async with self.database.begin(cause) as unit:
            unit.session.later(_EFFECT, {"id": heard.thing_id})
