"""An index that is gone, or has another one in its place, is known to be, and rebuilt."""

from dataclasses import replace

import pytest

from contracts.search import RebuildSearch
from services.search.model.edition import Stage
from services.search.model.passage import Scope
from shared.cause import Cause
from shared.problems import Away
from tests.unit.search.examples import ANNA, asked, vector
from tests.unit.search.fakes import FakeTextIndex, FakeVectorIndex
from tests.unit.search.mesh import Mesh, completed


@pytest.fixture
async def mesh() -> Mesh:
    mesh = Mesh()
    await mesh.hear(completed(1))
    return mesh


def stages(mesh: Mesh) -> dict[int, Stage]:
    return {number: one.stage for number, one in mesh.store.rows.editions.items()}


async def test_a_lost_text_index_is_known_and_begins_the_next_edition(mesh: Mesh) -> None:
    mesh.texts.indexes[0] = FakeTextIndex()
    mesh.restart()
    await mesh.begin()
    with pytest.raises(Away, match="rebuilt"):
        await mesh.editions.find(asked("cell"), Scope(ANNA), most=9)

    await mesh.rebuilding.step()

    assert stages(mesh) == {0: Stage.SERVED, 1: Stage.BUILDING}


async def test_one_that_is_lost_while_it_grows_is_begun_again(mesh: Mesh) -> None:
    await mesh.rebuilding.start(RebuildSearch(), Cause())
    mesh.texts.indexes[1] = FakeTextIndex()
    mesh.restart()
    await mesh.begin()

    await mesh.rebuilding.step()
    await mesh.rebuilding.step()

    assert stages(mesh) == {0: Stage.SERVED, 2: Stage.BUILDING}


async def test_lost_vectors_are_noticed_while_running_and_begin_the_next_edition(
    mesh: Mesh,
) -> None:
    mesh.vectors.indexes[0] = FakeVectorIndex()

    await mesh.rebuilding.step()

    assert stages(mesh) == {0: Stage.SERVED, 1: Stage.BUILDING}
    with pytest.raises(Away, match="vectors are being rebuilt"):
        await mesh.editions.nearest(vector(1), Scope(ANNA), most=9)
    words = await mesh.editions.find(asked("cell wall"), Scope(ANNA), most=9)
    assert {hit.passage.text for hit in words.hits} == {"cell 1", "wall 1"}


async def test_a_lost_text_index_is_noticed_while_running(mesh: Mesh) -> None:
    mesh.texts.indexes[0] = FakeTextIndex()

    await mesh.rebuilding.step()

    assert stages(mesh) == {0: Stage.SERVED, 1: Stage.BUILDING}


async def test_vectors_that_are_lost_while_they_grow_are_begun_again(mesh: Mesh) -> None:
    await mesh.rebuilding.start(RebuildSearch(), Cause())
    mesh.vectors.indexes[1] = FakeVectorIndex()

    await mesh.rebuilding.step()
    await mesh.rebuilding.step()

    assert stages(mesh) == {0: Stage.SERVED, 2: Stage.BUILDING}


async def test_vectors_of_before_get_their_name_at_the_first_look(mesh: Mesh) -> None:
    served = mesh.store.rows.editions[0]
    mesh.store.rows.editions[0] = replace(served, vector_index=None)

    await mesh.rebuilding.step()

    assert mesh.store.rows.editions[0] == served


async def test_indexes_that_nobody_knows_of_are_swept(mesh: Mesh) -> None:
    await mesh.texts.open(9)
    mesh.restart()

    await mesh.begin()

    assert set(mesh.texts.indexes) == {0}


async def test_who_read_how_it_stood_before_its_first_vectors_does_not_lose_them() -> None:
    mesh = Mesh()
    await mesh.begin()
    before = mesh.store.rows.editions[0]
    await mesh.hear(completed(1))

    await mesh.editions.look(before)

    assert (await mesh.shown())[1] == {"cell 1", "wall 1"}
