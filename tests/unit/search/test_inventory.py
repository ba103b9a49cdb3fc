"""What is left in an index although nobody wants it found."""

from dataclasses import dataclass, field
from uuid import UUID

from contracts.orphans import Known, WhichDocumentsLive
from services.search.service.inventory import Inventory
from shared.cause import Cause
from shared.messages import A, Request
from tests.unit.search.examples import about, passages
from tests.unit.search.mesh import DELETED, DOCUMENT, Mesh, completed


@dataclass
class Living:
    """The document service, as far as it is asked here."""

    ids: set[UUID] = field(default_factory=set)

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A:
        del cause, within
        assert isinstance(request, WhichDocumentsLive)
        known = Known(ids=[one for one in request.ids if one in self.ids])
        return request.answer.model_validate(known.model_dump())  # type: ignore[return-value]


async def test_what_should_be_found_is_no_orphan() -> None:
    mesh = Mesh()
    await mesh.hear(completed(1))

    found = await Inventory(mesh.store, mesh.editions, Living({DOCUMENT})).look(Cause())

    assert found == {"searched-document": set(), "words": set(), "vectors": set()}


async def test_what_is_found_though_its_document_is_gone_is_named() -> None:
    mesh = Mesh()
    await mesh.hear(completed(1))

    found = await Inventory(mesh.store, mesh.editions, Living()).look(Cause())

    assert found["searched-document"] == {str(DOCUMENT)}


async def test_what_an_index_still_holds_of_a_forgotten_document_is_named() -> None:
    mesh = Mesh()
    await mesh.hear(completed(1))
    await mesh.hear(DELETED)
    (text,) = mesh.texts.shelf.values()
    left = about(document=DOCUMENT)
    await text.put(left, passages(left, "left over"))

    found = await Inventory(mesh.store, mesh.editions, Living()).look(Cause())

    assert found == {"searched-document": set(), "words": {str(DOCUMENT)}, "vectors": set()}
