"""What search remembers, in memory: rows and words that stay only if a block ends well."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.search.model.document import IndexedDocument
from services.search.model.edition import Edition, Stage
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery
from shared.messages import Message
from shared.problems import Away
from shared.rebuilds import Progress


@dataclass
class Rows:
    """Everything that a transaction changes."""

    documents: dict[UUID, IndexedDocument] = field(default_factory=dict)
    editions: dict[int, Edition] = field(default_factory=dict)
    expected: dict[int, int | None] = field(default_factory=dict)
    said: list[tuple[Message, int]] = field(default_factory=list)
    handled: set[Delivery] = field(default_factory=set)


@dataclass
class FakeStore:
    """Rows and words that stay only if the block ends well."""

    rows: Rows = field(default_factory=Rows)
    breaks_at_commit: bool = False

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator["FakeTransaction"]:
        if cause.delivery in self.rows.handled:
            raise AlreadyHandled
        draft = deepcopy(self.rows)
        yield FakeTransaction(draft)
        if self.breaks_at_commit:
            raise Away("the database went away at the commit")
        if cause.delivery is not None:
            draft.handled.add(cause.delivery)
        self.rows = draft

    @property
    def said(self) -> list[tuple[Message, int]]:
        return self.rows.said

    async def known(self) -> Mapping[UUID, bool]:
        return {one.id: one.reading is not None for one in self.rows.documents.values()}

    async def outdated(self, document_id: UUID, version: int) -> bool:
        known = self.rows.documents.get(document_id)
        return known is not None and (known.gone or known.version > version)


@dataclass
class FakeTransaction:
    """Changes kept aside until the end."""

    rows: Rows

    async def take(self, document_id: UUID, owner_id: UUID) -> IndexedDocument:
        blank = IndexedDocument(document_id, owner_id)
        return self.rows.documents.setdefault(document_id, blank)

    async def put(self, document: IndexedDocument) -> None:
        self.rows.documents[document.id] = document

    async def editions(self, *, alone: bool = False) -> list[Edition]:
        del alone
        return [edition for _, edition in sorted(self.rows.editions.items())]

    async def put_edition(self, edition: Edition) -> None:
        waited = 1.0 if edition.stage is Stage.RETIRED else 0.0
        self.rows.editions[edition.generation] = replace(edition, retired_for=waited)

    async def adopt(self, generation: int, model: str, dimensions: int) -> Edition:
        edition = self.rows.editions[generation].of_model(model, dimensions)
        self.rows.editions[generation] = edition
        return edition

    async def name_vectors(self, generation: int, vector_index: UUID) -> None:
        edition = self.rows.editions[generation]
        named = edition.vector_index or vector_index
        self.rows.editions[generation] = replace(edition, vector_index=named)

    async def outgrow(self, generation: int) -> None:
        edition = self.rows.editions[generation]
        self.rows.editions[generation] = replace(edition, outgrown=True)

    async def remove_edition(self, generation: int) -> None:
        del self.rows.editions[generation]

    async def begin_rebuild(self, durables: Sequence[str]) -> int:
        del durables
        generation = max(self.rows.expected, default=0) + 1
        self.rows.expected[generation] = None
        return generation

    async def expect(self, generation: int, durable: str, said: int) -> None:
        del durable
        self.rows.expected[generation] = said

    async def progress(self) -> Progress:
        generation = max(self.rows.expected, default=0)
        taken = [one for one in self.rows.handled if one.generation == generation]
        return Progress(generation, len(taken), 0, self.rows.expected.get(generation))

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        self.rows.said.append((message, sequence))
