"""Search among fakes, and news of one document for it."""

from dataclasses import dataclass, field
from uuid import UUID, uuid5

from contracts.document import DocumentCancelled, DocumentDeleted, DocumentEdited
from contracts.indexing import IndexingCompleted, IndexingSaidAgain, SayIndexingAgain
from services.search.model.passage import Contents, Description, Kind, Scope
from services.search.service.editions import Editions
from services.search.service.indexing import Indexing
from services.search.service.rebuilding import Rebuilding
from shared.cause import Cause, Delivery
from shared.messages import Event
from tests.unit.search.examples import ANNA, MODEL, about, asked, embedded, vector
from tests.unit.search.fakes import (
    FakeDocuments,
    FakeModels,
    FakePassages,
    FakeTextIndexes,
    FakeVectorIndexes,
)
from tests.unit.search.rows import FakeStore

DOCUMENT = UUID("01890000-0000-7000-8000-0000000000d1")
EDITED = DocumentEdited(document_id=DOCUMENT, owner_id=ANNA)
DELETED = DocumentDeleted(document_id=DOCUMENT, owner_id=ANNA)


def heard(event: Event, number: int = 0, generation: int = 0) -> Cause:
    durable = event.subject.durable("search")
    return Cause(actor=ANNA, delivery=Delivery(durable, f"{event}{number}", generation))


def completed(version: int, model: str = MODEL, document: UUID = DOCUMENT) -> IndexingCompleted:
    return IndexingCompleted(
        document_id=document,
        owner_id=ANNA,
        version=version,
        passages_object_id=uuid5(document, f"{version} {model}"),
        passages=2,
        text_version=f"text-{version}",
        model=model,
    )


def cancelled(version: int) -> DocumentCancelled:
    return DocumentCancelled(document_id=DOCUMENT, owner_id=ANNA, version=version)


@dataclass
class Mesh:
    """Search between its fakes; the objects of three readings exist from the start."""

    store: FakeStore = field(default_factory=FakeStore)
    texts: FakeTextIndexes = field(default_factory=FakeTextIndexes)
    vectors: FakeVectorIndexes = field(default_factory=FakeVectorIndexes)
    models: FakeModels = field(default_factory=lambda: FakeModels(Kind(MODEL, 384)))
    passages: FakePassages = field(default_factory=FakePassages)
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    editions: Editions = field(init=False)

    def __post_init__(self) -> None:
        self.editions = Editions(self.texts, self.vectors)
        for version in (1, 2, 3):
            self.write(version)

    def write(self, version: int, model: str = MODEL, document: UUID = DOCUMENT) -> None:
        """Keep the passages of a reading as indexing does."""
        self.documents.described.setdefault(document, Description("Cells", ("bio",)))
        reading = about(document=document, version=version)
        texts = [f"cell {version}", f"wall {version}"]
        whole = embedded(reading, vector(1), vector(0, 1), texts=texts)
        object_id = completed(version, model, document).passages_object_id
        self.passages.objects[object_id] = Contents(model, tuple(whole))

    @property
    def indexing(self) -> Indexing:
        return Indexing(self.store, self.editions, self.passages, self.documents)

    @property
    def rebuilding(self) -> Rebuilding:
        return Rebuilding(self.store, self.editions, self.models, grace=0.0)

    async def begin(self) -> None:
        """Open the indexes, as search does when it starts."""
        await self.rebuilding.prepare()

    def restart(self) -> None:
        """Forget what a process has open."""
        self.editions = Editions(self.texts, self.vectors)

    async def hear(self, event: Event, number: int = 0, generation: int = 0) -> None:
        if not self.store.rows.editions:
            await self.begin()
        verbs, cause = self.indexing, heard(event, number, generation)
        if isinstance(event, IndexingCompleted):
            await verbs.add(event, cause)
        elif isinstance(event, DocumentEdited):
            await verbs.refresh(event, cause)
        elif isinstance(event, DocumentCancelled):
            await verbs.stop(event, cause)
        elif isinstance(event, DocumentDeleted):
            await verbs.forget(event, cause)
        elif isinstance(event, IndexingSaidAgain):
            await self.rebuilding.expect(event, cause)

    async def said_all(self, generation: int, said: int) -> None:
        """Hear that indexing has said all that it knows."""
        (command,) = [one for one, _ in self.store.said if isinstance(one, SayIndexingAgain)]
        whole = IndexingSaidAgain(
            listener=command.listener, event=command.event, generation=generation, said=said
        )
        await self.hear(whole)

    async def shown(self) -> tuple[set[str], set[str], set[str]]:
        """The texts that each leg finds, and the titles."""
        if not self.store.rows.editions:
            await self.begin()
        words = await self.editions.find(asked("cell wall"), Scope(ANNA), most=50)
        near = await self.editions.nearest(
            vector(1, model=self.editions.model), Scope(ANNA), most=50
        )
        titles = {hit.about.description.title for hit in (*words.hits, *near)}
        return (
            {hit.passage.text for hit in words.hits},
            {hit.passage.text for hit in near},
            titles,
        )

    @property
    def said(self) -> list[Event]:
        return [message for message, _ in self.store.said if isinstance(message, Event)]
