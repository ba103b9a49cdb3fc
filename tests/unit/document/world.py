"""Document's verbs on any store, with fakes for all else, and somebody who uses them."""

from dataclasses import dataclass, field
from uuid import UUID

from contracts import document as words
from contracts.collection import TellEdited
from contracts.document import (
    AdvanceDocument,
    CancelDocument,
    DeleteDocument,
    DescribeDocument,
    DocumentEvent,
    ExtractDocument,
    RegisterDocument,
    RetryDocument,
)
from contracts.indexing import IndexingFailed, IndexingProgressed, IndexingStarted
from contracts.search import DocumentIndexed, DocumentNotIndexed
from contracts.storage import ObjectRefused, ObjectStored
from services.document.model.allowance import Allowance
from services.document.ports import Store
from services.document.service.collections import Collections
from services.document.service.documents import Documents
from services.document.service.extraction import Extraction
from services.document.service.journey import Journey
from services.document.service.registration import Registration
from shared.cause import Cause, Delivery, new_id
from shared.messages import Message
from tests.unit.document.fakes import Clock, FakeClaims, FakeReader, FakeRooms
from tests.unit.document.sharing import FakeDownloads

PDF = "application/pdf"


@dataclass
class World:
    """Everything of document but the wires."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    claims: FakeClaims = field(default_factory=FakeClaims)
    owner: Cause = field(default_factory=lambda: Cause(actor=new_id()))
    allowance: Allowance = field(default_factory=Allowance)
    most_collections: int = 3

    @property
    def registration(self) -> Registration:
        return Registration(self.store, self.allowance, self.clock)

    @property
    def documents(self) -> Documents:
        return Documents(self.store, FakeDownloads(), self.clock)

    @property
    def collections(self) -> Collections:
        return Collections(self.store, self.most_collections, self.clock)

    @property
    def journey(self) -> Journey:
        return Journey(self.store, self.clock)

    @property
    def extraction(self) -> Extraction:
        return Extraction(self.store, self.claims, FakeReader(), FakeRooms(), self.clock)

    @property
    def owner_id(self) -> UUID:
        assert self.owner.actor is not None
        return self.owner.actor

    def upload(self, content: bytes = b"Light is bent.", **changes: object) -> RegisterDocument:
        """Put bytes into storage, and make the request that registers them."""
        object_id = new_id()
        self.claims.objects[object_id] = content
        fields = {
            "object_id": object_id,
            "filename": "optics.pdf",
            "size": len(content),
            "sha256": "ab" * 32,
            "media_type": PDF,
            **changes,
        }
        return RegisterDocument.model_validate(fields)

    async def register(self, content: bytes = b"Light is bent.", **changes: object) -> "Way":
        """Register an upload, and see its way before us."""
        asked = self.upload(content, **changes)
        made = await self.registration.register(asked, self.owner)
        return Way(made.id, asked.object_id, self.owner_id)

    async def hear(self, message: Message) -> None:
        """Have a message delivered, for the first time."""
        verbs = {
            ObjectStored: self.journey.stored,
            ObjectRefused: self.journey.refused,
            ExtractDocument: self.extraction.extract,
            IndexingStarted: self.journey.indexing_started,
            IndexingProgressed: self.journey.indexing_progressed,
            IndexingFailed: self.journey.indexing_failed,
            DocumentIndexed: self.journey.indexed,
            DocumentNotIndexed: self.journey.not_indexed,
            TellEdited: self.collections.tell_edited,
        }
        delivery = Delivery(str(message.subject), str(new_id()))
        cause = Cause(actor=self.owner.actor, delivery=delivery)
        await verbs[type(message)](message, cause)  # type: ignore[operator]

    async def describe(self, way: "Way") -> words.Document:
        return await self.documents.describe(DescribeDocument(document_id=way.id), self.owner)

    async def retry(self, way: "Way") -> words.Document:
        return await self.documents.retry(RetryDocument(document_id=way.id), self.owner)

    async def cancel(self, way: "Way") -> words.Document:
        return await self.documents.cancel(CancelDocument(document_id=way.id), self.owner)

    async def advance(self, way: "Way") -> words.Document:
        return await self.documents.advance(AdvanceDocument(document_id=way.id), self.owner)

    async def delete(self, way: "Way") -> None:
        await self.documents.delete(DeleteDocument(document_id=way.id), self.owner)


@dataclass(frozen=True)
class Way:
    """What others say of one document, reading by reading."""

    id: UUID
    object_id: UUID
    owner_id: UUID

    def stored(self) -> ObjectStored:
        return ObjectStored(
            object_id=self.object_id, owner_id=self.owner_id, size=1, sha256="ab", media_type=PDF
        )

    def refused(self, code: str = "malware", *, quarantined: bool = False) -> ObjectRefused:
        return ObjectRefused(
            object_id=self.object_id,
            owner_id=self.owner_id,
            code=code,
            detail="it did not pass",
            quarantined=quarantined,
        )

    def extract(self, version: int = 1) -> ExtractDocument:
        return ExtractDocument(document_id=self.id, version=version)

    def not_indexed(self, version: int = 1) -> DocumentNotIndexed:
        return DocumentNotIndexed(
            document_id=self.id,
            owner_id=self.owner_id,
            version=version,
            code="given-up",
            detail="it failed again and again",
        )

    def started(self, version: int = 1) -> IndexingStarted:
        return IndexingStarted(
            document_id=self.id, owner_id=self.owner_id, version=version, passages=4
        )

    def progressed(self, progress: int, version: int = 1) -> IndexingProgressed:
        return IndexingProgressed(
            document_id=self.id, owner_id=self.owner_id, version=version, progress=progress
        )

    def indexing_failed(self, version: int = 1) -> IndexingFailed:
        return IndexingFailed(
            document_id=self.id,
            owner_id=self.owner_id,
            version=version,
            code="no-model",
            detail="it cannot be embedded",
        )

    def indexed(self, version: int = 1) -> DocumentIndexed:
        return DocumentIndexed(
            document_id=self.id, owner_id=self.owner_id, version=version, passages=4
        )

    def to_ready(self, version: int = 1) -> list[Message]:
        """All that is heard of a document when everything goes well."""
        return [
            self.stored(),
            self.extract(version),
            self.started(version),
            self.progressed(30, version),
            self.progressed(80, version),
            self.indexed(version),
        ]


def of_document(said: list[Message]) -> list[DocumentEvent]:
    """Pick document's own events, without where each task stands."""
    return [message for message in said if isinstance(message, DocumentEvent)]


async def ready(world: World) -> Way:
    """Bring a document all the way."""
    way = await world.register()
    for message in way.to_ready():
        await world.hear(message)
    return way


async def failed(world: World) -> Way:
    """Bring one that nobody can read."""
    way = await world.register(b"!encrypted")
    await world.hear(way.stored())
    await world.hear(way.extract())
    return way
