"""Everybody whom notification speaks with, played by one: document, quiz, and the people told."""

import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from nats.js.api import AckPolicy, ConsumerConfig

from contracts.document import DescribeDocument, Document, DocumentStatus
from contracts.notification import Frame, ListNotifications, NotificationPage
from contracts.quiz import DescribeQuiz, Quiz, QuizStatus
from shared.bus import Address, Bus
from shared.cause import Cause, new_id
from shared.envelope import Envelope
from shared.manifest import manifest_of
from shared.messages import Event
from shared.migrations import upgrade
from shared.problems import NotFound
from shared.provision import broker, streams
from tests import servers
from tests.integration.shared.service_process import ServiceProcess
from tests.servers import Postgres

OTHERS = ("document", "indexing", "search", "quiz")
SIZES = streams.Sizes(stream_bytes=64 * 1024 * 1024, ack_wait=3.0)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """An event with its envelope; it can be said more than once."""

    event: Event
    envelope: Envelope


@dataclass
class Neighbours:
    """Says what notification hears, answers what it asks, and reads what it tells."""

    bus: Bus
    titles: dict[UUID, str] = field(default_factory=dict)
    owners: dict[UUID, UUID] = field(default_factory=dict)

    def own(self, owner: UUID, title: str) -> UUID:
        """Make a thing that has an owner and a title."""
        self.titles[thing := new_id()] = title
        self.owners[thing] = owner
        return thing

    def seal(self, event: Event, sequence: int) -> Said:
        """Give an event its id and its place among those of its thing."""
        actor = self.owners[UUID(event.partition_key)]
        envelope = Envelope.seal(event, Cause(actor=actor), source="x", sequence=sequence)
        return Said(event, envelope)

    async def say(self, said: Iterable[Said]) -> None:
        """Publish, past the broker's own memory of ids: the second time it is heard again."""
        for one in said:
            headers = one.envelope.headers() | {"Nats-Msg-Id": str(new_id())}
            body = one.event.model_dump_json().encode()
            stream = one.event.subject.stream
            await self.bus.publish_stored(one.event.address, body, headers, stream=stream)

    async def told(self, user: UUID) -> NotificationPage:
        """Read somebody's notifications."""
        return await self.bus.ask(ListNotifications(limit=100), Cause(actor=user))

    async def frames(self, user: UUID) -> list[Frame]:
        """Read everything that was pushed to somebody."""
        config = ConsumerConfig(ack_policy=AckPolicy.NONE)
        jetstream = self.bus.jetstream
        reader = await jetstream.pull_subscribe(f"push.{user}", stream="PUSH", config=config)
        pending = (await reader.consumer_info()).num_pending or 0
        raw: list[Any] = []
        while len(raw) < pending:
            raw += await reader.fetch(min(100, pending - len(raw)), timeout=2)
        await reader.unsubscribe()
        return [Frame.model_validate(json.loads(one.data)) for one in raw]

    async def idle(self) -> bool:
        """Say whether notification has nothing waiting and nothing in hand."""
        for place in streams.places(manifest_of("notification")):
            info = await self.bus.jetstream.consumer_info(place.stream, place.durable)
            if info.num_pending or info.num_ack_pending:
                return False
        return True

    async def begin(self) -> None:
        """Answer."""
        self.bus.answer(DescribeDocument, self._document)
        self.bus.answer(DescribeQuiz, self._quiz)
        await self.bus.start()

    async def _document(self, asked: DescribeDocument, cause: Cause) -> Document:
        return Document(
            id=asked.document_id,
            title=self._title(asked.document_id, cause),
            filename="a.txt",
            media_type="text/plain",
            size=1,
            status=DocumentStatus.READY,
            progress=100,
            created_at=NOW,
            updated_at=NOW,
        )

    async def _quiz(self, asked: DescribeQuiz, cause: Cause) -> Quiz:
        return Quiz(
            id=asked.quiz_id,
            title=self._title(asked.quiz_id, cause),
            status=QuizStatus.READY,
            requested=1,
            made=1,
            document_ids=[],
            created_at=NOW,
        )

    def _title(self, thing: UUID, cause: Cause) -> str:
        if self.owners.get(thing) != cause.actor or thing not in self.titles:
            raise NotFound
        return self.titles[thing]


@dataclass
class Neighbourhood:
    """Notification as a process, and its neighbours."""

    service: ServiceProcess
    neighbours: Neighbours


@asynccontextmanager
async def neighbourhood(
    directory: Path, postgres: Postgres, log: Path
) -> AsyncGenerator[Neighbourhood]:
    """Start and provision what notification needs; notification itself is not started yet."""
    manifests = [manifest_of(name) for name in ("notification", *OTHERS)]
    passwords = {name: name for name in (broker.ADMIN, *(one.name for one in manifests))}
    database_url = await postgres.fresh_database()
    await upgrade(database_url, "notification")
    with servers.nats(directory, accounts=broker.users(manifests, passwords)) as nats:
        bus = await Bus(broker.ADMIN, Address(nats.url, broker.ADMIN, broker.ADMIN)).connect()
        await streams.apply(bus.jetstream, streams.plan(manifests, SIZES))
        yield Neighbourhood(
            ServiceProcess("notification", nats, database_url, log, {}), Neighbours(bus)
        )
        await bus.stop()
