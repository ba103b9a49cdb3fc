"""A new edition grows beside the one that is served, whatever happens, and replaces it."""

from uuid import UUID

import pytest

from contracts.indexing import SayIndexingAgain
from contracts.search import DescribeSearchRebuild, DocumentIndexed, RebuildSearch
from services.search.model.edition import Stage
from services.search.model.passage import BadPassages, Description, Kind, Scope
from shared.cause import Cause
from tests.unit.search.examples import ANNA, MODEL, asked
from tests.unit.search.mesh import DELETED, DOCUMENT, EDITED, Mesh, completed, heard

FIRST = ({"cell 1", "wall 1"}, {"cell 1", "wall 1"}, {"Cells"})
SECOND = ({"cell 2", "wall 2"}, {"cell 2", "wall 2"}, {"Cells"})
NEWEST = Kind("newest", 384)
OTHER = UUID("01890000-0000-7000-8000-0000000000d2")


@pytest.fixture
async def mesh() -> Mesh:
    mesh = Mesh()
    await mesh.hear(completed(1))
    return mesh


async def start(mesh: Mesh) -> int:
    return (await mesh.rebuilding.start(RebuildSearch(), Cause())).generation


def stages(mesh: Mesh) -> dict[int, Stage]:
    return {number: one.stage for number, one in mesh.store.rows.editions.items()}


class TestSwitch:
    async def test_what_is_served_answers_until_the_new_one_is_whole(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        await mesh.said_all(generation, 1)
        await mesh.rebuilding.step()
        assert stages(mesh) == {0: Stage.SERVED, 1: Stage.BUILDING}
        assert await mesh.shown() == FIRST

        await mesh.hear(completed(1), number=7, generation=generation)
        for _ in range(3):
            await mesh.rebuilding.step()

        assert await mesh.shown() == FIRST
        assert stages(mesh) == {1: Stage.SERVED}
        assert 0 not in mesh.texts.indexes
        assert 0 not in mesh.vectors.indexes

    async def test_it_asks_indexing_to_say_everything_again_to_search_alone(
        self, mesh: Mesh
    ) -> None:
        await start(mesh)

        assert mesh.store.said[-1][0] == SayIndexingAgain(
            listener="search", event="evt.indexing.completed.v1", generation=1
        )

    async def test_what_is_said_again_is_no_news_and_not_said_by_us(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        await mesh.hear(completed(1), number=7, generation=generation)

        assert sum(isinstance(one, DocumentIndexed) for one in mesh.said) == 1
        assert set(mesh.texts.indexes[1].documents) == {DOCUMENT}

    async def test_it_goes_on_after_every_process_ended(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        await mesh.hear(completed(1), number=7, generation=generation)
        mesh.restart()
        await mesh.begin()
        await mesh.said_all(generation, 1)
        mesh.restart()
        await mesh.begin()

        await mesh.rebuilding.step()
        mesh.restart()
        await mesh.begin()
        await mesh.rebuilding.step()
        mesh.restart()
        await mesh.begin()
        await mesh.rebuilding.step()

        assert stages(mesh) == {1: Stage.SERVED}
        assert await mesh.shown() == FIRST
        assert set(mesh.texts.indexes) == set(mesh.vectors.indexes) == {1}

    async def test_asked_twice_it_goes_on(self, mesh: Mesh) -> None:
        assert await start(mesh) == await start(mesh) == 1

    async def test_how_far_it_is_can_be_seen(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        await mesh.hear(completed(1), number=7, generation=generation)
        await mesh.said_all(generation, 2)

        state = await mesh.rebuilding.describe(DescribeSearchRebuild(), Cause())

        assert (state.generation, state.handled, state.expected, state.done) == (1, 1, 2, False)

    async def test_without_documents_it_is_over_at_once(self) -> None:
        mesh = Mesh()
        await mesh.begin()
        generation = await start(mesh)
        await mesh.said_all(generation, 0)

        await mesh.rebuilding.step()

        assert stages(mesh)[1] is Stage.SERVED


class TestMeanwhile:
    async def test_a_new_reading_goes_to_both(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        await mesh.hear(completed(2))
        assert await mesh.shown() == SECOND

        await self._finish(mesh, generation)

        assert await mesh.shown() == SECOND

    async def test_a_deletion_counts_in_both_whenever_it_comes(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        await mesh.hear(DELETED)

        await self._finish(mesh, generation)

        assert await mesh.shown() == (set(), set(), set())

    async def test_a_deletion_after_it_was_written_counts_too(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        await mesh.hear(completed(1), number=7, generation=generation)
        await mesh.hear(DELETED)
        await mesh.said_all(generation, 1)

        await mesh.rebuilding.step()
        await mesh.rebuilding.step()

        assert await mesh.shown() == (set(), set(), set())

    async def test_an_edit_counts_in_both(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        await mesh.hear(completed(1), number=7, generation=generation)
        mesh.documents.described[DOCUMENT] = Description("Zellen", ("neu",))
        await mesh.hear(EDITED)
        await mesh.said_all(generation, 1)

        await mesh.rebuilding.step()

        assert (await mesh.shown())[2] == {"Zellen"}
        found = await mesh.editions.find(asked("cell"), Scope(ANNA, tag="neu"), most=5)
        assert found.total == 1

    async def test_what_was_never_found_before_does_not_hold_it_up(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        broken = completed(1, document=OTHER)
        mesh.documents.described[OTHER] = Description("Broken")

        mesh.passages.unreadable.add(broken.passages_object_id)
        await mesh.hear(broken, generation=generation)
        await mesh.hear(completed(1), number=7, generation=generation)
        await mesh.said_all(generation, 2)
        await mesh.rebuilding.step()

        assert stages(mesh)[1] is Stage.SERVED

    async def test_what_is_found_and_cannot_be_read_again_is_an_error(self, mesh: Mesh) -> None:
        generation = await start(mesh)
        mesh.passages.unreadable.add(completed(1).passages_object_id)

        with pytest.raises(BadPassages):
            await mesh.hear(completed(1), number=7, generation=generation)
        await mesh.said_all(generation, 1)
        await mesh.rebuilding.step()

        assert stages(mesh) == {0: Stage.SERVED, 1: Stage.BUILDING}

    async def test_what_an_abandoned_rebuild_is_told_changes_nothing(self, mesh: Mesh) -> None:
        await start(mesh)
        mesh.models.kind = NEWEST
        await start(mesh)

        await mesh.hear(completed(1), number=7, generation=1)

        assert stages(mesh) == {0: Stage.SERVED, 1: Stage.DROPPED, 2: Stage.BUILDING}
        assert await mesh.shown() == FIRST

    @staticmethod
    async def _finish(mesh: Mesh, generation: int) -> None:
        await mesh.hear(completed(1), number=7, generation=generation)
        await mesh.said_all(generation, 1)
        await mesh.rebuilding.step()
        await mesh.rebuilding.step()


class TestModels:
    async def test_a_new_model_is_a_new_edition_and_never_a_mix(self, mesh: Mesh) -> None:
        mesh.models.kind = NEWEST
        mesh.write(1, NEWEST.model)
        generation = await start(mesh)
        assert mesh.editions.model == MODEL

        await mesh.hear(completed(1, NEWEST.model), number=7, generation=generation)
        await mesh.said_all(generation, 1)
        assert await mesh.shown() == FIRST
        await mesh.rebuilding.step()
        await mesh.rebuilding.step()

        assert mesh.editions.model == NEWEST.model
        assert await mesh.shown() == FIRST

    async def test_a_document_of_another_model_is_found_by_words_and_begins_the_next_edition(
        self, mesh: Mesh
    ) -> None:
        mesh.models.kind = NEWEST
        mesh.write(2, NEWEST.model)

        await mesh.hear(completed(2, NEWEST.model))
        words, near, _ = await mesh.shown()
        assert (words, near) == ({"cell 2", "wall 2"}, set())
        await mesh.rebuilding.step()

        assert stages(mesh) == {0: Stage.SERVED, 1: Stage.BUILDING}
        assert mesh.store.rows.editions[1].model == NEWEST.model

    async def test_a_document_that_comes_meanwhile_is_found_by_words_at_once(
        self, mesh: Mesh
    ) -> None:
        mesh.models.kind = NEWEST
        await start(mesh)
        mesh.write(1, NEWEST.model, OTHER)

        await mesh.hear(completed(1, NEWEST.model, OTHER))

        found = await mesh.editions.find(asked("cell"), Scope(ANNA), most=9)
        assert {hit.about.document_id for hit in found.hits} == {DOCUMENT, OTHER}
        assert set(mesh.vectors.indexes[0].documents) == {DOCUMENT}
        assert set(mesh.vectors.indexes[1].documents) == {OTHER}


async def test_a_deleted_document_whose_object_is_gone_holds_nothing_up(mesh: Mesh) -> None:
    generation = await start(mesh)
    mesh.passages.unreadable.add(completed(1).passages_object_id)
    mesh.documents.described.clear()

    await mesh.hear(completed(1), number=7, generation=generation)

    assert heard(completed(1), 7, generation).delivery in mesh.store.rows.handled
