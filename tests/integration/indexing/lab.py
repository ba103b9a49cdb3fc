"""Indexing and storage as real processes on real servers; the document service is the test."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import nats
from nats.aio.client import Client
from sqlalchemy import text

from contracts.claims import Claims
from contracts.document import DocumentCancelled, DocumentDeleted, DocumentProcessed
from contracts.indexing import IndexingCompleted
from deploy.local.ports import free_ports
from services.indexing.model import Text
from shared import migrations
from shared.bus import Address, Bus
from shared.cause import Cause, new_id
from shared.database import Database
from shared.envelope import Envelope
from shared.manifest import all_manifests
from shared.messages import Event
from shared.provision import broker, streams
from tests import servers
from tests.servers import S3, Nats, Postgres
from tests.waiting import until_found

ROOT = Path(__file__).resolve().parents[3]
OWNER = new_id()
MANIFESTS = {
    name: manifest
    for name, manifest in all_manifests().items()
    if name in {"document", "indexing", "search", "storage"}
}
PASSWORDS = {broker.ADMIN: "admin", **{name: f"{name}-secret" for name in MANIFESTS}}


@dataclass
class Running:
    """A service in a process of its own."""

    name: str
    environment: dict[str, str]
    log: Path
    port: int = 0
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        (self.port,) = free_ports(1)
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"services.{self.name}",
                cwd=ROOT,
                env=self.environment | {f"MESH_{self.name.upper()}_HTTP_PORT": str(self.port)},
                stdout=output,
                stderr=output,
            )
        await until_found(self.is_ready, within=60)

    async def is_ready(self) -> bool:
        """Ask it."""
        assert self.process is not None
        assert self.process.returncode is None, self.log.read_text()[-3000:]
        try:
            async with httpx.AsyncClient(trust_env=False) as http:
                answer = await http.get(f"http://127.0.0.1:{self.port}/readyz")
        except httpx.TransportError:
            return False
        return answer.is_success

    async def is_draining(self) -> bool:
        """See whether it has stopped taking work."""
        return not await self.is_ready()

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal and wait for its end."""
        if self.process is not None and self.process.returncode is None:
            os.kill(self.process.pid, number)
            await self.process.wait()


@dataclass
class Lab:
    """The servers, who speaks for document, and what can be seen from outside."""

    nats: Nats
    database: Database
    database_url: str
    speaker: Bus
    claims: Claims
    admin: Client
    stack: AsyncExitStack
    directory: Path
    message_ids: dict[Event, str] = field(default_factory=dict)

    def service(self, name: str, **settings: str) -> Running:
        """Prepare a service with its settings; it is killed at the end."""
        own = {f"MESH_{name.upper()}_{key.upper()}": value for key, value in settings.items()}
        environment = {
            "PATH": os.environ["PATH"],
            "MESH_NATS_URL": self.nats.url,
            f"MESH_{name.upper()}_NATS_PASSWORD": PASSWORDS[name],
            **own,
        }
        running = Running(name, environment, self.directory / f"{name}-{uuid4().hex}.log")
        self.stack.push_async_callback(running.end)
        return running

    def indexing(self, **settings: str) -> Running:
        """Prepare the service under test."""
        return self.service("indexing", database_url=self.database_url, batch="8", **settings)

    async def processed(
        self, content: str, *, document_id: UUID | None = None, version: int = 1
    ) -> DocumentProcessed:
        """Put a text into storage as the document service does; nothing is said yet."""
        pages = [{"page": 1, "start": 0, "end": len(content)}]
        body = {"text": content, "version": Text(content).version, "pages": pages, "headings": []}
        cause = Cause(actor=OWNER)
        kept = await self.claims.keep(json.dumps(body).encode(), "application/json", cause)
        return DocumentProcessed(
            document_id=document_id or uuid4(),
            owner_id=OWNER,
            version=version,
            text_object_id=kept.object_id,
            text_version=Text(content).version,
            characters=len(content),
            pages=1,
        )

    async def say(
        self, event: DocumentProcessed | DocumentCancelled | DocumentDeleted, times: int = 1
    ) -> None:
        """Say something as document; a repetition comes past the broker's own de-duplication."""
        headers = Envelope.seal(event, Cause(actor=OWNER), source="document").headers()
        self.message_ids[event] = headers["ce-id"]
        for number in range(times):
            again = headers | {"Nats-Msg-Id": f"{headers['Nats-Msg-Id']}:{number}"}
            body = event.model_dump_json().encode()
            await self.speaker.publish_stored(event.address, body, again, stream="EVT_DOCUMENT")

    async def stage(self, document_id: UUID) -> str:
        """See how far indexing is."""
        return str(await self.value("SELECT stage FROM jobs WHERE document_id = :id", document_id))

    async def value(self, statement: str, wanted: UUID | str | None = None) -> object:
        """Look one value up in indexing's database."""
        async with self.database.reading() as session:
            found = await session.execute(text(statement), {"id": wanted} if wanted else {})
            return found.scalar_one_or_none()

    async def said(self, document_id: UUID) -> list[tuple[str, dict[str, object]]]:
        """Read what indexing has said about a document, from its outbox, in order."""
        async with self.database.reading() as session:
            rows = await session.execute(text("SELECT address, body FROM outbox ORDER BY id"))
            bodies = [(row.address, json.loads(row.body)) for row in rows]
        return [
            (a, b)
            for a, b in bodies
            if str(document_id) in {b.get("document_id"), b.get("task_id")}
        ]

    async def until_stage(self, document_id: UUID, stage: str, within: float = 60.0) -> None:
        """Wait until indexing has come so far."""

        async def is_there() -> bool:
            return await self.stage(document_id) == stage

        await until_found(is_there, within)

    async def until_handled(self, event: Event) -> None:
        """Wait until indexing is done with something that was said, whatever came of it."""
        statement = "SELECT count(*) FROM inbox WHERE message_id = CAST(:id AS text)"

        async def is_handled() -> bool:
            return await self.value(statement, self.message_ids[event]) == 1

        await until_found(is_handled)

    async def until_nothing_waits(self) -> None:
        """Wait until no document waits for indexing or is in work."""

        async def is_empty() -> bool:
            return await self.value("SELECT count(*) FROM turns") == 0

        await until_found(is_empty)

    async def passages(self, document_id: UUID) -> list[dict[str, object]]:
        """Fetch the passages object that was announced last, as search would."""
        completed = [
            IndexingCompleted.model_validate(body)
            for address, body in await self.said(document_id)
            if address == str(IndexingCompleted.subject)
        ][-1]
        content = await self.claims.fetch(completed.passages_object_id, Cause(actor=OWNER))
        return [json.loads(line) for line in content.splitlines()]


@asynccontextmanager
async def lab(directory: Path, postgres: Postgres, s3: S3) -> AsyncGenerator[Lab]:
    """Set it all up, storage running, indexing not yet."""
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
        sizes = streams.Sizes(stream_bytes=64 * 1024 * 1024, ack_wait=3.0)
        await streams.apply(admin.jetstream(), streams.plan(MANIFESTS.values(), sizes))
        url = await postgres.fresh_database()
        await migrations.upgrade(url, "indexing")
        database = await Database.connect(url, source="test")
        stack.push_async_callback(database.close)
        speaker = Bus("document", Address(server.url, "document", PASSWORDS["document"]))
        await speaker.connect()
        stack.push_async_callback(speaker.stop)
        claims = Claims(speaker)
        stack.push_async_callback(claims.close)
        made = Lab(server, database, url, speaker, claims, admin, stack, directory)
        await _storage(made, postgres, s3)
        yield made


async def _storage(made: Lab, postgres: Postgres, s3: S3) -> None:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "storage")
    storage = made.service(
        "storage",
        database_url=url,
        objects_url=f"http://{s3.endpoint}",
        objects_access_key=s3.access_key,
        objects_secret_key=s3.secret_key,
        objects_incoming_bucket=s3.fresh_bucket(),
        objects_sealed_bucket=s3.fresh_bucket(),
    )
    await storage.start()
