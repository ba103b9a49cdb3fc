"""Whatever order news of a document comes in, both indexes end as its last state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.document import DocumentDeleted, DocumentEdited
from contracts.indexing import IndexingCompleted
from contracts.search import DocumentForgotten, DocumentIndexed, DocumentNotIndexed
from services.search.model.passage import Contents, Description, Scope
from services.search.service.indexing import Indexing
from services.search.service.rebuilding import Rebuilding
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery
from shared.messages import Event
from shared.problems import Away
from tests.unit.search.examples import ANNA, MODEL, about, asked, embedded, vector
from tests.unit.search.fakes import (
    FakeDocuments,
    FakePassages,
    FakeStore,
    FakeTextIndex,
    FakeVectorIndex,
)

DOCUMENT = UUID("01890000-0000-7000-8000-0000000000d1")


def heard(event: Event, number: int = 0) -> Cause:
    return Cause(actor=ANNA, delivery=Delivery(str(event.subject), f"{event}{number}"))


def completed(version: int) -> IndexingCompleted:
    return IndexingCompleted(
        document_id=DOCUMENT,
        owner_id=ANNA,
        version=version,
        passages_object_id=uuid5(DOCUMENT, str(version)),
        passages=2,
        text_version=f"text-{version}",
        model=MODEL,
    )


EDITED = DocumentEdited(document_id=DOCUMENT, owner_id=ANNA)
DELETED = DocumentDeleted(document_id=DOCUMENT, owner_id=ANNA)


@dataclass
class Mesh:
    """Search between its fakes; the objects of three readings exist from the start."""

    store: FakeStore = field(default_factory=FakeStore)
    text: FakeTextIndex = field(default_factory=FakeTextIndex)
    vectors: FakeVectorIndex = field(default_factory=FakeVectorIndex)
    passages: FakePassages = field(default_factory=FakePassages)
    documents: FakeDocuments = field(default_factory=FakeDocuments)

    def __post_init__(self) -> None:
        self.documents.described[DOCUMENT] = Description("Cells", ("bio",))
        for version in (1, 2, 3):
            reading = about(document=DOCUMENT, version=version)
            texts = [f"cell {version}", f"wall {version}"]
            whole = embedded(reading, vector(1), vector(0, 1), texts=texts)
            self.passages.objects[uuid5(DOCUMENT, str(version))] = Contents(MODEL, tuple(whole))

    @property
    def indexing(self) -> Indexing:
        return Indexing(self.store, self.text, self.vectors, self.passages, self.documents)

    async def hear(self, event: Event, number: int = 0) -> None:
        verbs = self.indexing
        if isinstance(event, IndexingCompleted):
            await verbs.add(event, heard(event, number))
        elif isinstance(event, DocumentEdited):
            await verbs.refresh(event, heard(event, number))
        elif isinstance(event, DocumentDeleted):
            await verbs.forget(event, heard(event, number))

    async def shown(self) -> tuple[set[str], set[str], set[str]]:
        """The texts that each leg finds, and the titles."""
        words = await self.text.find(asked("cell wall"), Scope(ANNA), most=50)
        near = await self.vectors.nearest(vector(1), Scope(ANNA), most=50)
        titles = {hit.about.description.title for hit in (*words.hits, *near)}
        return (
            {hit.passage.text for hit in words.hits},
            {hit.passage.text for hit in near},
            titles,
        )

    @property
    def said(self) -> list[Event]:
        return [message for message, _ in self.store.said if isinstance(message, Event)]


@pytest.fixture
def mesh() -> Mesh:
    return Mesh()


class TestAdd:
    async def test_a_reading_stands_in_both_indexes_and_is_said_once(self, mesh: Mesh) -> None:
        await mesh.hear(completed(1))
        await mesh.hear(completed(1), number=2)

        assert await mesh.shown() == ({"cell 1", "wall 1"}, {"cell 1", "wall 1"}, {"Cells"})
        assert mesh.said == [
            DocumentIndexed(document_id=DOCUMENT, owner_id=ANNA, version=1, passages=2)
        ]

    async def test_heard_twice_it_is_handled_once(self, mesh: Mesh) -> None:
        await mesh.hear(completed(1))

        with pytest.raises(AlreadyHandled):
            await mesh.hear(completed(1))

    async def test_a_reading_that_was_given_up_is_told_while_it_is_wanted(self, mesh: Mesh) -> None:
        await mesh.indexing.give_up(completed(1), heard(completed(1)))
        await mesh.hear(completed(2))
        await mesh.indexing.give_up(completed(2), heard(completed(2), number=2))

        told = [one.version for one in mesh.said if isinstance(one, DocumentNotIndexed)]
        assert told == [1]

    async def test_an_older_reading_changes_nothing_and_is_not_fetched(self, mesh: Mesh) -> None:
        await mesh.hear(completed(2))
        await mesh.hear(completed(1))

        texts, near, _ = await mesh.shown()
        assert texts == near == {"cell 2", "wall 2"}
        assert mesh.passages.read_ones == [uuid5(DOCUMENT, "2")]

    async def test_what_its_owner_deleted_meanwhile_is_not_added(self, mesh: Mesh) -> None:
        mesh.documents.described.clear()

        await mesh.hear(completed(1))

        assert await mesh.shown() == (set(), set(), set())
        assert mesh.said == []

    async def test_a_crash_before_the_commit_repairs_itself(self, mesh: Mesh) -> None:
        mesh.store.breaks_at_commit = True
        with pytest.raises(Away):
            await mesh.hear(completed(1))
        mesh.store.breaks_at_commit = False

        await mesh.hear(completed(1))

        texts, near, _ = await mesh.shown()
        assert texts == near == {"cell 1", "wall 1"}
        assert len(mesh.said) == 1


class TestRefresh:
    async def test_a_new_title_and_new_tags_show(self, mesh: Mesh) -> None:
        await mesh.hear(completed(1))
        mesh.documents.described[DOCUMENT] = Description("Zellen", ("neu",))

        await mesh.hear(EDITED)

        assert (await mesh.shown())[2] == {"Zellen"}
        found = await mesh.text.find(asked("cell"), Scope(ANNA, tag="neu"), most=5)
        assert found.total == 1

    async def test_what_is_not_indexed_yet_needs_no_refreshing(self, mesh: Mesh) -> None:
        await mesh.hear(EDITED)

        assert await mesh.shown() == (set(), set(), set())


class TestForget:
    async def test_nothing_is_left_and_that_is_said_once(self, mesh: Mesh) -> None:
        await mesh.hear(completed(1))
        await mesh.hear(DELETED)
        await mesh.hear(DELETED, number=2)

        assert await mesh.shown() == (set(), set(), set())
        assert mesh.store.said[1:] == [(DocumentForgotten(document_id=DOCUMENT, owner_id=ANNA), 2)]

    async def test_a_deletion_may_come_first(self, mesh: Mesh) -> None:
        await mesh.hear(DELETED)
        await mesh.hear(completed(1))
        await mesh.hear(EDITED)

        assert await mesh.shown() == (set(), set(), set())
        assert mesh.said == [DocumentForgotten(document_id=DOCUMENT, owner_id=ANNA)]


NEWS = (completed(1), completed(2), completed(3), EDITED)


class TestAnyOrder:
    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.sampled_from((*NEWS, DELETED)), max_size=15), st.permutations(NEWS))
    async def test_shuffled_repeated_and_late_news_end_in_the_same_state(
        self, noise: Sequence[Event], rest: Sequence[Event]
    ) -> None:
        mesh = Mesh()

        for number, event in enumerate((*noise, *rest)):
            await mesh.hear(event, number)

        texts, near, _ = await mesh.shown()
        assert texts == near == (set() if DELETED in noise else {"cell 3", "wall 3"})
        versions = [said.version for said in mesh.said if isinstance(said, DocumentIndexed)]
        assert versions == sorted(set(versions))
        assert [sequence for _, sequence in mesh.store.said] == list(
            range(1, len(mesh.store.said) + 1)
        )
        assert sum(isinstance(said, DocumentForgotten) for said in mesh.said) == (DELETED in noise)


class TestRebuilding:
    async def test_a_text_index_made_anew_is_filled(self, mesh: Mesh) -> None:
        await mesh.hear(completed(2))
        mesh.text = FakeTextIndex()

        await Rebuilding(mesh.store, mesh.text, mesh.passages, mesh.documents).run()

        assert (await mesh.shown())[0] == {"cell 2", "wall 2"}
        assert await mesh.store.missing_from(mesh.text.id) == []

    async def test_what_cannot_be_written_again_does_not_stop_the_others(self, mesh: Mesh) -> None:
        await mesh.hear(completed(2))
        mesh.text = FakeTextIndex()
        mesh.passages.objects.clear()

        await Rebuilding(mesh.store, mesh.text, mesh.passages, mesh.documents).run()

        assert len(await mesh.store.missing_from(mesh.text.id)) == 1

    async def test_what_was_deleted_meanwhile_stays_away(self, mesh: Mesh) -> None:
        await mesh.hear(completed(2))
        mesh.text = FakeTextIndex()
        mesh.documents.described.clear()

        await Rebuilding(mesh.store, mesh.text, mesh.passages, mesh.documents).run()

        assert (await mesh.shown())[0] == set()
        assert uuid4() not in mesh.text.documents
