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
    DocumentStatus,
    OpenText,
    SayDocumentsAgain,
    TextTicket,
)
from contracts.storage import DownloadTicket
from shared.bus import Bus
from shared.cause import Cause, new_id
from shared.envelope import Envelope
from shared.problems import NotFound
from tests.integration.shared.saying_again import say_documents_again
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
        envelope = Envelope.seal(deleted, Cause(actor=owner), source="document", sequence=9)
        body, stream = deleted.model_dump_json().encode(), deleted.subject.stream
        await self.bus.publish_stored(deleted.address, body, envelope.headers(), stream=stream)

    async def say_again_once(self) -> SayDocumentsAgain:
        """Say every deletion again to whoever asks for it next, as document does."""
        gone = self.gone.items()
        return await say_documents_again(
            self.bus, [DocumentDeleted(document_id=one, owner_id=owner) for one, owner in gone]
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
