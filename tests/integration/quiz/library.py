"""Stands in for the document service: tells of documents and hands out tickets to their texts."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from contracts.document import (
    DescribeDocument,
    Document,
    DocumentDeleted,
    DocumentsSaidAgain,
    DocumentStatus,
    OpenText,
    SayDocumentsAgain,
    TextTicket,
)
from contracts.storage import DownloadTicket
from shared.again import TO
from shared.bus import Bus
from shared.cause import Cause, new_id
from shared.envelope import GENERATION, Envelope
from shared.messages import Event
from shared.problems import NotFound
from tests.servers import S3

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Library:
    """Documents by id: whose they are, and what stands in them."""

    bus: Bus
    s3: S3
    bucket: str = ""
    texts: dict[UUID, str] = field(default_factory=dict)
    owners: dict[UUID, UUID] = field(default_factory=dict)
    gone: dict[UUID, UUID] = field(default_factory=dict)
    """What was deleted, and whose it was."""
    asked_for_text: list[UUID] = field(default_factory=list)

    async def open(self) -> None:
        """Begin to answer."""
        self.bucket = self.s3.fresh_bucket()
        self.bus.answer(DescribeDocument, self.describe)
        self.bus.answer(OpenText, self.open_text)
        await self.bus.start()

    def add(self, owner: UUID, paragraphs: Sequence[str]) -> UUID:
        """Have a document that is ready."""
        document_id = new_id()
        self.owners[document_id] = owner
        self.texts[document_id] = text = "\n\n".join(paragraphs)
        half = text.index("\n\n", len(text) // 2) + 2
        pages = [
            {"page": 1, "start": 0, "end": half},
            {"page": 2, "start": half, "end": len(text)},
        ]
        told = {"text": text, "version": self.version(document_id), "pages": pages, "headings": []}
        body = json.dumps(told).encode()
        self.s3.client().put_object(self.bucket, str(document_id), io.BytesIO(body), len(body))
        return document_id

    def version(self, document_id: UUID) -> str:
        """Name the text, as every text is named."""
        return sha256(self.texts[document_id].encode()).hexdigest()

    def forget(self, document_id: UUID) -> UUID:
        """Delete a document without a word, and tell whose it was."""
        self.gone[document_id] = owner = self.owners.pop(document_id)
        return owner

    async def delete(self, document_id: UUID) -> None:
        """Forget a document, and say so."""
        await self.tell_deleted(document_id, self.forget(document_id))

    async def tell_deleted(self, document_id: UUID, owner: UUID) -> None:
        """Say that a document was deleted, once more if need be."""
        deleted = DocumentDeleted(document_id=document_id, owner_id=owner)
        await self._say(deleted, deleted.address, deleted.subject.stream, owner)

    async def say_again_once(self) -> SayDocumentsAgain:
        """Say every deletion again to whoever asks for it next, as document does."""
        command = SayDocumentsAgain.subject
        place = await self.bus.jetstream.pull_subscribe_bind(
            durable=command.durable("document"), stream=command.stream
        )
        [message] = await place.fetch(1, timeout=20)
        asked = SayDocumentsAgain.model_validate_json(message.data)
        for document_id, owner in self.gone.items():
            deleted = DocumentDeleted(document_id=document_id, owner_id=owner)
            await self._say(deleted, asked.to(owner).address, TO, owner, asked.generation)
        whole = DocumentsSaidAgain(
            listener=asked.listener,
            event=asked.event,
            generation=asked.generation,
            said=len(self.gone),
        )
        await self._say(whole, whole.address, whole.subject.stream)
        await message.ack()
        await place.unsubscribe()
        return asked

    async def _say(
        self,
        event: Event,
        address: str,
        stream: str,
        owner: UUID | None = None,
        generation: int = 0,
    ) -> None:
        envelope = Envelope.seal(event, Cause(actor=owner), source="document", sequence=9)
        headers = envelope.headers() | ({GENERATION: str(generation)} if generation else {})
        await self.bus.publish_stored(
            address, event.model_dump_json().encode(), headers, stream=stream
        )

    async def describe(self, asked: DescribeDocument, cause: Cause) -> Document:
        self._find(asked.document_id, cause)
        return Document(
            id=asked.document_id,
            title="Stars",
            filename="stars.txt",
            media_type="text/plain",
            size=1,
            status=DocumentStatus.READY,
            progress=100,
            created_at=NOON,
            updated_at=NOON,
        )

    async def open_text(self, asked: OpenText, cause: Cause) -> TextTicket:
        self._find(asked.document_id, cause)
        self.asked_for_text.append(asked.document_id)
        url = self.s3.client().presigned_get_object(self.bucket, str(asked.document_id))
        ticket = DownloadTicket(
            object_id=asked.document_id,
            method="GET",
            url=url,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
            size=1,
            sha256="",
            media_type="application/json",
        )
        return TextTicket(ticket=ticket, text_version=self.version(asked.document_id))

    def _find(self, document_id: UUID, cause: Cause) -> None:
        if cause.actor is None or self.owners.get(document_id) != cause.actor:
            raise NotFound(f"You have no document {document_id}.")
