"""Whatever order news of a document comes in, both indexes end as its last state."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.search import DocumentForgotten, DocumentIndexed, DocumentNotIndexed
from services.search.model.passage import Description, Scope
from shared.boxes import AlreadyHandled
from shared.messages import Event
from shared.problems import Away
from tests.unit.search.examples import ANNA, asked
from tests.unit.search.mesh import DELETED, DOCUMENT, EDITED, Mesh, cancelled, completed, heard


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
        await mesh.begin()
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
        assert mesh.passages.read_ones == [completed(2).passages_object_id]

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
        found = await mesh.editions.find(asked("cell"), Scope(ANNA, tag="neu"), most=5)
        assert found.total == 1

    async def test_what_is_not_indexed_yet_needs_no_refreshing(self, mesh: Mesh) -> None:
        await mesh.hear(EDITED)

        assert await mesh.shown() == (set(), set(), set())


class TestStop:
    async def test_what_was_cancelled_is_found_no_more(self, mesh: Mesh) -> None:
        await mesh.hear(completed(1))
        await mesh.hear(cancelled(1))

        assert await mesh.shown() == (set(), set(), set())

    async def test_a_reading_that_comes_after_its_cancellation_is_not_found(
        self, mesh: Mesh
    ) -> None:
        await mesh.hear(cancelled(1))
        await mesh.hear(completed(1))

        assert await mesh.shown() == (set(), set(), set())
        assert mesh.said == []

    async def test_a_retry_is_found_whenever_the_cancellation_is_heard(self, mesh: Mesh) -> None:
        await mesh.hear(cancelled(1))
        await mesh.hear(completed(2))
        await mesh.hear(cancelled(1), number=2)

        assert (await mesh.shown())[0] == {"cell 2", "wall 2"}


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


NEWS = (completed(1), completed(2), completed(3), EDITED, cancelled(2))


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
