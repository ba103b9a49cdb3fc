"""What is left in an index although nobody wants it found."""

from contracts.orphans import WhichDocumentsLive
from services.search.service.inventory import Inventory
from shared.cause import Cause
from tests.holding import Holding
from tests.unit.search.examples import about, passages
from tests.unit.search.mesh import DELETED, DOCUMENT, Mesh, completed


async def test_what_should_be_found_is_no_orphan() -> None:
    mesh = Mesh()
    await mesh.hear(completed(1))

    found = await Inventory(
        mesh.store, mesh.editions, Holding({WhichDocumentsLive: {DOCUMENT}})
    ).look(Cause())

    assert found == {"searched-document": set(), "words": set(), "vectors": set()}


async def test_what_is_found_though_its_document_is_gone_is_named() -> None:
    mesh = Mesh()
    await mesh.hear(completed(1))

    found = await Inventory(mesh.store, mesh.editions, Holding()).look(Cause())

    assert found["searched-document"] == {str(DOCUMENT)}


async def test_what_an_index_still_holds_of_a_forgotten_document_is_named() -> None:
    mesh = Mesh()
    await mesh.hear(completed(1))
    await mesh.hear(DELETED)
    (text,) = mesh.texts.indexes.values()
    left = about(document=DOCUMENT)
    await text.put(left, passages(left, "left over"))

    found = await Inventory(mesh.store, mesh.editions, Holding()).look(Cause())

    assert found == {"searched-document": set(), "words": {str(DOCUMENT)}, "vectors": set()}
