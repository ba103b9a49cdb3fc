"""Everybody whom search speaks with, played by one: document, indexing, storage and the gateway."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np

from contracts.document import DescribeDocument, Document, DocumentDeleted, DocumentStatus
from contracts.indexing import (
    Embedded,
    EmbedTexts,
    IndexingCompleted,
)
from contracts.search import (
    DocumentForgotten,
    DocumentIndexed,
    FindPassages,
    SearchAnswer,
    SearchMode,
)
from contracts.storage import DownloadTicket, OpenDownload
from services.indexing.service.questions import UnknownModel
from services.search.words.text import words
from shared.bus import Address, Bus
from shared.cause import Cause
from shared.envelope import Envelope
from shared.manifest import manifest_of
from shared.messages import Event
from shared.migrations import upgrade
from shared.problems import NotFound
from shared.provision import broker, streams
from tests import opensearch, servers
from tests.integration.search.again import SaysAgain
from tests.integration.shared.service_process import ServiceProcess
from tests.servers import S3, Postgres
from tests.unit.search.examples import ANNA, about, passages
from tests.waiting import until_ended

MODEL = "bag-of-words"
SMALLER = "smaller bag-of-words"
DIMENSIONS = {MODEL: 384, SMALLER: 96}
SIZES = streams.Sizes(stream_bytes=64 * 1024 * 1024, ack_wait=3.0)


def meaning(text: str, model: str = MODEL) -> list[float]:
    """A vector whose directions are stems: texts that share words point the same way."""
    loose = np.zeros(DIMENSIONS.get(model, 384), "<f4")
    for word in words(text):
        loose[int.from_bytes(word.stem.encode()) % (len(loose) - 1)] += 1
    whole: list[float] = (loose / (np.linalg.norm(loose) or 1.0)).tolist()
    return whole


@dataclass
class Neighbours(SaysAgain):
    """Answers what search asks, says what search hears, hears what search says, and searches."""

    bus: Bus
    s3: S3
    bucket: str
    model: str = MODEL
    former: tuple[str, ...] = ()
    """Models that still answer, beside the newest."""
    cuts: dict[UUID, IndexingCompleted] = field(default_factory=dict)
    """What was made of each document last."""
    texts_of: dict[UUID, tuple[str, ...]] = field(default_factory=dict)
    silent: bool = False
    """Whether indexing does not say again what it is asked for, for now."""
    documents: dict[UUID, Document] = field(default_factory=dict)
    owners: dict[UUID, UUID] = field(default_factory=dict)
    heard: list[DocumentIndexed | DocumentForgotten] = field(default_factory=list)
    ids: set[str | None] = field(default_factory=set)
    embedded: list[str] = field(default_factory=list)
    """The texts that search had embedded."""

    def write(self, title: str, *, owner: UUID = ANNA, tags: Sequence[str] = ()) -> UUID:
        """Register a document, or edit it where its id is given by its title."""
        document_id, now = uuid4(), datetime.now(UTC)
        self.owners[document_id] = owner
        self.documents[document_id] = Document(
            id=document_id,
            title=title,
            filename=f"{title}.txt",
            media_type="text/plain",
            size=1,
            status=DocumentStatus.INDEXING,
            progress=90,
            tags=list(tags),
            created_at=now,
            updated_at=now,
        )
        return document_id

    def edit(self, document_id: UUID, **new: object) -> None:
        self.documents[document_id] = self.documents[document_id].model_copy(update=new)

    def delete(self, document_id: UUID) -> DocumentDeleted:
        del self.documents[document_id]
        self.cuts.pop(document_id, None)
        return DocumentDeleted(document_id=document_id, owner_id=self.owners[document_id])

    def cut(self, document_id: UUID, version: int, *texts: str) -> IndexingCompleted:
        """Keep a passages object as indexing does, and tell of it."""
        reading = about(document=document_id, version=version)
        header = {
            "document_id": str(document_id),
            "version": version,
            "text_version": reading.text_version,
            "model": self.model,
            "count": len(texts),
        }
        lines = [
            {
                "passage_id": str(one.id),
                "document_id": str(document_id),
                "ordinal": one.ordinal,
                "page": one.page,
                "heading": None,
                "start": one.start,
                "end": one.end,
                "text": one.text,
                "vector": base64.b64encode(
                    np.array(meaning(one.text, self.model), "<f4").tobytes()
                ).decode(),
            }
            for one in passages(reading, *texts)
        ]
        object_id = uuid4()
        content = "\n".join(map(json.dumps, [header, *lines])).encode()
        self.s3.client().put_object(self.bucket, str(object_id), io.BytesIO(content), len(content))
        completed = IndexingCompleted(
            document_id=document_id,
            owner_id=self.owners[document_id],
            version=version,
            passages_object_id=object_id,
            passages=len(texts),
            text_version=reading.text_version,
            model=self.model,
        )
        known = self.cuts.get(document_id)
        if known is None or known.version <= version:
            self.cuts[document_id], self.texts_of[document_id] = completed, texts
        return completed

    async def say(self, event: DocumentDeleted | IndexingCompleted | Event) -> None:
        """Publish an event as its owner's outbox would."""
        owner = self.owners[UUID(event.partition_key)]
        headers = Envelope.seal(event, Cause(actor=owner), source="neighbours").headers()
        body = event.model_dump_json().encode()
        await self.bus.publish_stored(event.address, body, headers, stream=event.subject.stream)

    async def find(
        self,
        q: str,
        mode: SearchMode = SearchMode.HYBRID,
        *,
        by: UUID = ANNA,
        tag: str | None = None,
    ) -> SearchAnswer:
        """Search as the gateway does for somebody."""
        return await self.bus.ask(FindPassages(q=q, mode=mode, tag=tag, limit=50), Cause(actor=by))

    async def texts(
        self, q: str, mode: SearchMode = SearchMode.TEXT, *, by: UUID = ANNA
    ) -> list[str]:
        return sorted(hit.text for hit in (await self.find(q, mode, by=by)).results)

    async def describe(self, asked: DescribeDocument, cause: Cause) -> Document:
        if self.owners.get(asked.document_id) != cause.actor or (
            asked.document_id not in self.documents
        ):
            raise NotFound
        return self.documents[asked.document_id]

    async def embed(self, asked: EmbedTexts, cause: Cause) -> Embedded:
        del cause
        self.embedded += asked.texts
        model = asked.model or self.model
        if model not in {self.model, *self.former}:
            raise UnknownModel(model)
        return Embedded(vectors=[meaning(text, model) for text in asked.texts], model=model)

    async def open(self, asked: OpenDownload, cause: Cause) -> DownloadTicket:
        del cause
        life = timedelta(minutes=5)
        return DownloadTicket(
            object_id=asked.object_id,
            method="GET",
            url=self.s3.client().presigned_get_object(self.bucket, str(asked.object_id), life),
            expires_at=datetime.now(UTC) + life,
            size=1,
            sha256="",
            media_type="application/x-ndjson",
        )

    async def idle(self) -> bool:
        """Say whether search has nothing waiting and nothing in hand."""
        for place in streams.places(manifest_of("search")):
            info = await self.bus.jetstream.consumer_info(place.stream, place.durable)
            if info.num_pending or info.num_ack_pending:
                return False
        return True

    async def _hear(self, event: DocumentIndexed | DocumentForgotten, cause: Cause) -> None:
        assert cause.actor == event.owner_id
        # Seen in passing: the stream drops what is published again after a kill, we do it here.
        if cause.causation not in self.ids:
            self.ids.add(cause.causation)
            self.heard.append(event)

    async def begin(self) -> None:
        self.bus.answer(DescribeDocument, self.describe)
        self.bus.answer(OpenDownload, self.open)
        self.bus.answer(EmbedTexts, self.embed)
        await self.bus.start()
        await self.bus.follow(DocumentIndexed, self._hear)
        await self.bus.follow(DocumentForgotten, self._hear)
        await self.bus.connection.flush()


@dataclass
class Neighbourhood:
    """Search as a process, and its neighbours."""

    service: ServiceProcess
    neighbours: Neighbours
    data: Path


@asynccontextmanager
async def neighbourhood(
    directory: Path, postgres: Postgres, s3: S3, home: Path
) -> AsyncGenerator[Neighbourhood]:
    """Start and provision what search needs; search itself is not started yet."""
    manifests = [manifest_of(name) for name in ("search", "document", "indexing", "storage")]
    passwords = {name: name for name in (broker.ADMIN, *(one.name for one in manifests))}
    database_url = await postgres.fresh_database(vector=True)
    await upgrade(database_url, "search")
    with servers.nats(directory, accounts=broker.users(manifests, passwords)) as nats:
        bus = await Bus(broker.ADMIN, Address(nats.url, broker.ADMIN, broker.ADMIN)).connect()
        await streams.apply(bus.jetstream, streams.plan(manifests, SIZES))
        neighbours = Neighbours(bus, s3, s3.fresh_bucket())
        await neighbours.begin()
        saying = asyncio.create_task(neighbours.say_again_for_ever())
        settings = {"data_dir": str(home / "data"), "edition_grace": "0.5", **opensearch.told()}
        service = ServiceProcess("search", nats, database_url, home / "search.log", settings)
        yield Neighbourhood(service, neighbours, home / "data")
        await until_ended(saying)
        await bus.stop()
