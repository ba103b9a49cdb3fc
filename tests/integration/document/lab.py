"""Document and storage as real processes on real servers; all others are played by the test."""

import asyncio
import hashlib
import json
import mimetypes
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import nats
from nats.aio.client import Client

from contracts import document as words
from contracts.document import (
    DeleteDocument,
    DescribeDocument,
    DocumentStatus,
    OpenText,
    RegisterDocument,
    TellHistory,
)
from contracts.indexing import IndexingProgressed, IndexingStarted
from contracts.search import DocumentIndexed
from contracts.storage import ObjectKind, OpenDownload, OpenUpload
from shared import migrations
from shared.bus import Address, Bus
from shared.cause import Cause, new_id
from shared.envelope import Envelope
from shared.manifest import all_manifests
from shared.messages import Event
from shared.problems import Refused
from shared.provision import broker, streams
from shared.tickets import Tickets
from tests import servers
from tests.integration.indexing.lab import Running
from tests.servers import S3, Nats, Postgres
from tests.waiting import until_found

MANIFESTS = all_manifests()
PASSWORDS = {broker.ADMIN: "admin", **{name: f"{name}-secret" for name in MANIFESTS}}
LIMIT = 64 * 1024 * 1024
SIZES = streams.Sizes(stream_bytes=64 * 1024 * 1024, ack_wait=3.0)


@dataclass
class Lab:
    """What is running, and the voices of those that are not."""

    server: Nats
    admin: Client
    gateway: Bus
    indexing: Bus
    tickets: Tickets
    directory: Path
    stack: AsyncExitStack
    owner: Cause

    async def service(self, name: str, postgres: Postgres, **settings: str) -> Running:
        """Prepare a service on a database of its own; it is killed at the end."""
        url = await postgres.fresh_database()
        await migrations.upgrade(url, name)
        own = {
            "database_url": url,
            "nats_password": PASSWORDS[name],
            "data_dir": str(self.directory),
            **settings,
        }
        environment = {
            "PATH": "/usr/bin:/bin",
            "MESH_NATS_URL": self.server.url,
            **{f"MESH_{name.upper()}_{key.upper()}": value for key, value in own.items()},
        }
        running = Running(name, environment, self.directory / f"{name}-{new_id()}.log")
        self.stack.push_async_callback(running.end)
        return running

    async def upload(self, path: Path, **fields: object) -> words.Document:
        """Put a file into storage and register it, as the gateway does."""
        opened = await self.gateway.ask(OpenUpload(object_kind=ObjectKind.ORIGINAL), self.owner)
        content = await asyncio.to_thread(path.read_bytes)
        await self.tickets.send(opened.whole, content)
        registered = RegisterDocument.model_validate(
            {
                "object_id": opened.object_id,
                "filename": path.name,
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "media_type": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
                **fields,
            }
        )
        return await self.gateway.ask(registered, self.owner)

    async def describe(self, document_id: UUID) -> words.Document:
        """See how a document stands."""
        return await self.gateway.ask(DescribeDocument(document_id=document_id), self.owner)

    async def until(
        self, document_id: UUID, *statuses: DocumentStatus, within: float = 60
    ) -> words.Document:
        """Wait until a document stands there."""

        async def stands_there() -> bool:
            return (await self.describe(document_id)).status in statuses

        await until_found(stands_there, within)
        return await self.describe(document_id)

    async def text(self, document_id: UUID) -> dict[str, object]:
        """Fetch the text object, as the gateway does."""
        opened = await self.gateway.ask(OpenText(document_id=document_id), self.owner)
        fetched: dict[str, object] = json.loads(
            await self.tickets.whole(opened.ticket, limit=LIMIT)
        )
        return fetched

    async def history(self, document_id: UUID) -> list[str]:
        """Name what happened to a document."""
        told = await self.gateway.ask(TellHistory(document_id=document_id), self.owner)
        return [item.type for item in told.items]

    async def is_gone(self, object_id: UUID) -> bool:
        """See whether storage gives an object to anybody any more."""
        try:
            await self.indexing.ask(OpenDownload(object_id=object_id), self.owner)
        except Refused as refused:
            return refused.code == "object-not-found"
        return False

    async def delete(self, document_id: UUID) -> None:
        """Forget a document."""
        await self.gateway.ask(DeleteDocument(document_id=document_id), self.owner)

    async def index(self, document_id: UUID, version: int = 1) -> None:
        """Say what indexing and search say of a document, the last word first."""
        assert self.owner.actor is not None
        whose = {"document_id": document_id, "owner_id": self.owner.actor, "version": version}
        for event in (
            DocumentIndexed.model_validate({**whose, "passages": 3}),
            IndexingProgressed.model_validate({**whose, "progress": 50}),
            IndexingStarted.model_validate({**whose, "passages": 3}),
        ):
            await self.say(event)

    async def say(self, event: Event) -> None:
        """Publish an event in its owner's name."""
        envelope = Envelope.seal(event, self.owner, source=event.subject.owner)
        await self.admin.jetstream().publish(
            event.address, event.model_dump_json().encode(), headers=envelope.headers()
        )

    async def said(self, subject: str, document_id: UUID) -> list[dict[str, object]]:
        """Read what the stream keeps of one subject about one document."""
        jetstream = self.admin.jetstream()
        state = (await jetstream.stream_info("EVT_DOCUMENT")).state
        found = []
        for sequence in range(state.first_seq or 1, state.last_seq + 1):
            message = await jetstream.get_msg("EVT_DOCUMENT", sequence)
            body = json.loads(message.data or b"{}")
            if message.subject == subject and body.get("document_id") == str(document_id):
                found.append(body)
        return found


@asynccontextmanager
async def lab(directory: Path) -> AsyncGenerator[Lab]:
    """Set up a broker with its streams, and somebody who asks."""
    users = broker.users(MANIFESTS.values(), PASSWORDS)
    async with AsyncExitStack() as stack:
        server = stack.enter_context(servers.nats(directory, accounts=users))
        admin = await nats.connect(
            server.url,
            user=broker.ADMIN,
            password=PASSWORDS[broker.ADMIN],
            inbox_prefix=f"_INBOX_{broker.ADMIN}".encode(),
        )
        stack.push_async_callback(admin.close)
        await streams.apply(admin.jetstream(), streams.plan(MANIFESTS.values(), SIZES))
        gateway, indexing = [await _voice(name, server, stack) for name in ("gateway", "indexing")]
        tickets = Tickets()
        stack.push_async_callback(tickets.close)
        owner = Cause(actor=new_id())
        yield Lab(server, admin, gateway, indexing, tickets, directory, stack, owner)


async def _voice(name: str, server: Nats, stack: AsyncExitStack) -> Bus:
    bus = Bus(name, Address(server.url, name, PASSWORDS[name]))
    await bus.connect()
    stack.push_async_callback(bus.stop)
    return bus


async def storage_of(lab: Lab, postgres: Postgres, s3: S3) -> Running:
    """Prepare storage on the object store."""
    return await lab.service(
        "storage",
        postgres,
        objects_url=f"http://{s3.endpoint}",
        objects_access_key=s3.access_key,
        objects_secret_key=s3.secret_key,
        objects_incoming_bucket=s3.fresh_bucket(),
        objects_sealed_bucket=s3.fresh_bucket(),
    )
