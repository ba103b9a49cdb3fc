"""Indexing among fakes, and documents for it."""

import json
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID, uuid4

from contracts.document import DocumentProcessed
from services.indexing.model import Stage, Text
from services.indexing.service.again import Again
from services.indexing.service.verbs import Indexing
from shared.messages import Message
from tests.unit.indexing.behaviour import OWNER
from tests.unit.indexing.fakes import FakeClaims, FakeEmbedder, FakeStore, Going

M = TypeVar("M", bound=Message)

PARAGRAPH = "This is the {}. sentence of a text that goes on and on about it. " * 10


def prose(paragraphs: int) -> str:
    """Write so many paragraphs, each a passage of its own."""
    return "\n\n".join(PARAGRAPH.format(*[number] * 10) for number in range(paragraphs))


@dataclass
class Mesh:
    """Indexing with everything around it."""

    store: FakeStore = field(default_factory=FakeStore)
    claims: FakeClaims = field(default_factory=FakeClaims)
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    going: Going = field(default_factory=Going)

    @property
    def indexing(self) -> Indexing:
        return Indexing(self.store, self.claims, self.embedder, self.going, batch=8)

    @property
    def again(self) -> Again:
        return Again(self.store, self.claims, self.embedder, self.going, batch=8)

    def processed(
        self, text: str, *, document_id: UUID | None = None, version: int = 1
    ) -> DocumentProcessed:
        """Keep a text as the document service does, and say so."""
        pages = [{"page": 1, "start": 0, "end": len(text)}]
        content = {"text": text, "version": Text(text).version, "pages": pages, "headings": []}
        object_id = uuid4()
        self.claims.objects[object_id] = json.dumps(content).encode()
        return DocumentProcessed(
            document_id=document_id or uuid4(),
            owner_id=OWNER,
            version=version,
            text_object_id=object_id,
            text_version=Text(text).version,
            characters=len(text),
            pages=1,
        )

    def stage(self, document_id: UUID) -> Stage:
        """Say how far a document has come."""
        return self.store.state.jobs[document_id].stage

    def said(self, kind: type[M]) -> list[M]:
        """Pick what was said of one kind."""
        return [message for message in self.store.said if isinstance(message, kind)]
