"""What was made is said again to one listener; what a former model made is embedded again."""

import base64
import json
from dataclasses import replace
from uuid import UUID

import pytest

from contracts.again import PAGE, NotSaidAgain
from contracts.document import DocumentDeleted
from contracts.indexing import (
    EmbedAgain,
    EmbedTexts,
    IndexingCompleted,
    IndexingSaidAgain,
    SayIndexingAgain,
)
from contracts.storage import DeleteObject
from services.indexing.model import Job, Stage
from services.indexing.service.questions import Questions, UnknownModel
from shared.again import To
from shared.cause import Cause
from shared.problems import Away
from tests.unit.indexing.behaviour import MADE, OWNER, heard
from tests.unit.indexing.fakes import FakeEmbedder
from tests.unit.indexing.mesh import Mesh, prose

ASKED = SayIndexingAgain(listener="search", event=str(IndexingCompleted.subject), generation=4)
SEARCH = To("search-indexing-completed-v1", 4, OWNER)


@pytest.fixture
def mesh() -> Mesh:
    return Mesh()


class TestSay:
    async def test_every_document_is_told_again_as_it_was_told(self, mesh: Mesh) -> None:
        for _ in range(3):
            await mesh.indexing.add(mesh.processed(prose(2)), heard())
        told = mesh.said(IndexingCompleted)

        await mesh.again.say(ASKED, heard())

        again = mesh.store.state.said_again
        assert {to for _, to in again} == {SEARCH}
        assert sorted(again, key=_document) == [
            (event, SEARCH) for event in sorted(told, key=lambda event: event.document_id)
        ]
        assert mesh.said(IndexingSaidAgain)[-1].said == 3
        assert mesh.said(IndexingSaidAgain)[-1].durable == SEARCH.durable

    async def test_many_are_told_page_by_page_and_each_once(self, mesh: Mesh) -> None:
        for number in range(PAGE + 1):
            id_ = UUID(int=number)
            job = Job(id_, OWNER, Stage.COMPLETED, made=replace(MADE, model="fake"))
            mesh.store.state.jobs[id_] = job

        await mesh.again.say(ASKED, heard())
        (onwards,) = mesh.said(SayIndexingAgain)
        assert (onwards.after, onwards.said) == (UUID(int=PAGE - 1), PAGE)
        await mesh.again.say(onwards, heard())

        documents = [_document(one) for one in mesh.store.state.said_again]
        assert documents == [UUID(int=number) for number in range(PAGE + 1)]
        assert mesh.said(IndexingSaidAgain)[0].said == PAGE + 1

    async def test_what_is_gone_or_never_came_to_an_end_is_not_told(self, mesh: Mesh) -> None:
        gone = mesh.processed(prose(2))
        await mesh.indexing.add(gone, heard())
        await mesh.indexing.add(mesh.processed("  "), heard())
        deleted = DocumentDeleted(document_id=gone.document_id, owner_id=OWNER)
        await mesh.indexing.forget(deleted, heard())

        await mesh.again.say(ASKED, heard())

        assert mesh.store.state.said_again == []
        assert mesh.said(IndexingSaidAgain)[0].said == 0

    async def test_a_failed_retry_leaves_what_was_told_before(self, mesh: Mesh) -> None:
        first = mesh.processed(prose(2))
        await mesh.indexing.add(first, heard())
        second = mesh.processed(" ", document_id=first.document_id, version=2)
        await mesh.indexing.add(second, heard())

        await mesh.again.say(ASKED, heard())

        assert [event for event, _ in mesh.store.state.said_again] == mesh.said(IndexingCompleted)

    async def test_what_a_later_reading_superseded_is_given_back(self, mesh: Mesh) -> None:
        first = mesh.processed(prose(2))
        await mesh.indexing.add(first, heard())
        second = mesh.processed(prose(3), document_id=first.document_id, version=2)
        await mesh.indexing.add(second, heard())

        await mesh.again.say(ASKED, heard())

        old, new = [one.passages_object_id for one in mesh.said(IndexingCompleted)]
        assert mesh.said(DeleteObject) == [DeleteObject(object_id=old)]
        assert mesh.store.state.jobs[first.document_id].objects == (new,)

    async def test_other_events_are_not_said_again(self, mesh: Mesh) -> None:
        with pytest.raises(NotSaidAgain):
            await mesh.again.say(
                ASKED.model_copy(update={"event": "evt.indexing.started.v1"}), heard()
            )


class TestEmbed:
    async def test_another_model_embeds_the_same_passages_again(self, mesh: Mesh) -> None:
        before = await _made_by_a_former_model(mesh)

        await mesh.again.say(ASKED, heard())
        (command,) = mesh.said(EmbedAgain)
        await mesh.again.embed(command, heard())

        ((event, to),) = mesh.store.state.said_again
        assert isinstance(event, IndexingCompleted)
        assert to == SEARCH
        assert event.model == "newest"
        assert event.passages_object_id != before.passages_object_id
        old, new = (_lines(mesh, one.passages_object_id) for one in (before, event))
        assert new[0] == old[0] | {"model": "newest"}
        for former, line in zip(old[1:], new[1:], strict=True):
            (vector,) = await mesh.embedder.embed_now([str(line["text"])])
            assert base64.b64decode(str(line["vector"])) == vector
            assert line | {"vector": 0} == former | {"vector": 0}

    async def test_a_killed_one_goes_on_with_the_last_batch(self, mesh: Mesh) -> None:
        await _made_by_a_former_model(mesh, paragraphs=20)
        await mesh.again.say(ASKED, heard())
        (command,) = mesh.said(EmbedAgain)
        cause = heard()

        async def end_after_two() -> None:
            mesh.going.told = mesh.embedder.batches >= 1

        mesh.embedder.before, mesh.embedder.embedded = end_after_two, []
        mesh.embedder.batches = 0
        with pytest.raises(Away):
            await mesh.again.embed(command, cause)
        mesh.embedder.before, mesh.going.told = None, False
        await mesh.again.embed(command, cause)

        assert len(mesh.embedder.embedded) == len(set(mesh.embedder.embedded)) == 20
        assert len(mesh.store.state.said_again) == 1

    async def test_a_document_deleted_meanwhile_is_told_of_and_nothing_of_it_stays(
        self, mesh: Mesh
    ) -> None:
        before = await _made_by_a_former_model(mesh)
        await mesh.again.say(ASKED, heard())
        (command,) = mesh.said(EmbedAgain)

        async def delete() -> None:
            mesh.embedder.before = None
            deleted = DocumentDeleted(document_id=before.document_id, owner_id=OWNER)
            await mesh.indexing.forget(deleted, heard())

        mesh.embedder.before = delete
        await mesh.again.embed(command, heard())

        assert [event for event, _ in mesh.store.state.said_again] == [before]
        assert mesh.store.state.embeddings == {}

    async def test_two_rebuilds_make_it_once_and_tell_it_twice(self, mesh: Mesh) -> None:
        await _made_by_a_former_model(mesh)
        await mesh.again.say(ASKED, heard())
        (command,) = mesh.said(EmbedAgain)
        await mesh.again.embed(command, heard())
        made = len(mesh.embedder.embedded)

        await mesh.again.embed(command.model_copy(update={"generation": 5}), heard())

        assert len(mesh.embedder.embedded) == made
        (first, _), (second, to) = mesh.store.state.said_again
        assert first == second
        assert to.generation == 5


class TestQuestions:
    async def test_the_model_that_is_asked_for_answers(self) -> None:
        questions = Questions(FakeEmbedder("newest"), [FakeEmbedder("former")])

        async def model(asked: str | None) -> str:
            return (await questions.embed(EmbedTexts(texts=["x"], model=asked), Cause())).model

        assert [await model(one) for one in (None, "newest", "former")] == [
            "newest",
            "newest",
            "former",
        ]
        with pytest.raises(UnknownModel):
            await model("another")


async def _made_by_a_former_model(mesh: Mesh, paragraphs: int = 3) -> IndexingCompleted:
    mesh.embedder.model = "former"
    await mesh.indexing.add(mesh.processed(prose(paragraphs)), heard())
    mesh.embedder.model = "newest"
    return mesh.said(IndexingCompleted)[-1]


def _lines(mesh: Mesh, object_id: UUID) -> list[dict[str, object]]:
    return [json.loads(line) for line in mesh.claims.objects[object_id].splitlines()]


def _document(said: tuple[object, To]) -> UUID:
    event, _ = said
    assert isinstance(event, IndexingCompleted)
    return event.document_id
