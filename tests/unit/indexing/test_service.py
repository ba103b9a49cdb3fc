"""The verbs of indexing, and what they say."""

import base64
import json
from uuid import UUID

import pytest

from contracts.document import DocumentCancelled, DocumentDeleted
from contracts.indexing import (
    EmbedTexts,
    IndexingCompleted,
    IndexingFailed,
    IndexingProgressed,
    IndexingStarted,
    IndexingTaskStatusUpdated,
)
from contracts.storage import DeleteObject
from services.indexing.model import Stage
from shared.cause import Cause
from shared.database import AlreadyHandled
from shared.problems import Away
from tests.unit.indexing.behaviour import OWNER, heard
from tests.unit.indexing.mesh import PARAGRAPH, Mesh, prose


@pytest.fixture
def mesh() -> Mesh:
    return Mesh()


def deleted(document_id: UUID) -> DocumentDeleted:
    return DocumentDeleted(document_id=document_id, owner_id=OWNER)


def cancelled(document_id: UUID, version: int = 1) -> DocumentCancelled:
    return DocumentCancelled(document_id=document_id, owner_id=OWNER, version=version)


class TestAdd:
    async def test_a_text_becomes_an_object_of_passages_with_vectors(self, mesh: Mesh) -> None:
        text = prose(3)
        document = mesh.processed(text)

        await mesh.indexing.add(document, heard())

        (completed,) = mesh.said(IndexingCompleted)
        content = mesh.claims.objects[completed.passages_object_id]
        header, *lines = [json.loads(line) for line in content.splitlines()]
        assert header == {
            "document_id": str(document.document_id),
            "version": 1,
            "text_version": document.text_version,
            "model": "fake",
            "count": 3,
        }
        assert len(lines) == completed.passages == 3
        for ordinal, line in enumerate(lines):
            assert line["ordinal"] == ordinal
            assert line["text"] == text[line["start"] : line["end"]]
            assert (line["page"], line["heading"]) == (1, None)
            (vector,) = await mesh.embedder.embed_now([line["text"]])
            assert base64.b64decode(line["vector"]) == vector

    async def test_it_says_how_it_goes_from_start_to_end(self, mesh: Mesh) -> None:
        await mesh.indexing.add(mesh.processed(prose(20)), heard())

        said = [one for one in mesh.store.said if not isinstance(one, IndexingTaskStatusUpdated)]
        assert [type(message) for message in said] == [
            IndexingStarted,
            IndexingProgressed,
            IndexingProgressed,
            IndexingProgressed,
            IndexingCompleted,
        ]
        assert [m.progress for m in said if isinstance(m, IndexingProgressed)] == [40, 80, 100]
        sequences = [sequence for _, sequence in mesh.store.state.said]
        assert sequences == list(range(1, len(sequences) + 1))

    async def test_a_huge_document_says_progress_at_most_fifty_times(self, mesh: Mesh) -> None:
        await mesh.indexing.add(mesh.processed(prose(1_000)), heard())

        told = [one.progress for one in mesh.said(IndexingProgressed)]
        assert mesh.embedder.batches == 125
        assert len(told) <= 50
        assert told == sorted(told)
        assert told[-1] == 100

    async def test_the_same_message_again_is_handled_once(self, mesh: Mesh) -> None:
        document, cause = mesh.processed(prose(2)), heard()
        await mesh.indexing.add(document, cause)
        said = list(mesh.store.said)

        with pytest.raises(AlreadyHandled):
            await mesh.indexing.add(document, cause)

        assert mesh.store.said == said

    async def test_what_is_known_is_not_embedded_again(self, mesh: Mesh) -> None:
        text = prose(9)
        await mesh.indexing.add(mesh.processed(text), heard())

        await mesh.indexing.add(mesh.processed(text), heard())

        assert len(mesh.embedder.embedded) == 9
        assert len(mesh.said(IndexingCompleted)) == 2

    async def test_a_passage_that_comes_twice_is_embedded_once(self, mesh: Mesh) -> None:
        twice = PARAGRAPH.format(*[1] * 10)

        await mesh.indexing.add(mesh.processed(f"{twice}\n\n{twice}"), heard())

        assert len(mesh.embedder.embedded) == 1
        (completed,) = mesh.said(IndexingCompleted)
        assert completed.passages == 2

    async def test_an_older_reading_changes_nothing(self, mesh: Mesh) -> None:
        newer = mesh.processed(prose(2), version=2)
        await mesh.indexing.add(newer, heard())
        said = list(mesh.store.said)

        older = mesh.processed(prose(1), document_id=newer.document_id, version=1)
        await mesh.indexing.add(older, heard())

        assert mesh.store.said == said

    @pytest.mark.parametrize(
        ("content", "code"),
        [(b"{", "unreadable-text"), (b"", "text-missing"), (b'{"a": 1}', "unreadable-text")],
    )
    async def test_a_text_that_cannot_be_read_fails_with_its_code(
        self, mesh: Mesh, content: bytes, code: str
    ) -> None:
        document = mesh.processed("It is.")
        mesh.claims.objects.pop(document.text_object_id)
        if content:
            mesh.claims.objects[document.text_object_id] = content

        await mesh.indexing.add(document, heard())

        (failed,) = mesh.said(IndexingFailed)
        assert failed.code == code
        assert mesh.stage(document.document_id) is Stage.FAILED

    async def test_another_text_than_the_announced_one_fails(self, mesh: Mesh) -> None:
        document = mesh.processed("It is.").model_copy(update={"text_version": "0" * 64})

        await mesh.indexing.add(document, heard())

        (failed,) = mesh.said(IndexingFailed)
        assert failed.code == "text-changed"

    async def test_a_blank_text_fails(self, mesh: Mesh) -> None:
        await mesh.indexing.add(mesh.processed(" \n "), heard())

        (failed,) = mesh.said(IndexingFailed)
        assert failed.code == "no-text"

    async def test_a_retry_after_a_failure_completes(self, mesh: Mesh) -> None:
        failing = mesh.processed("  ")
        await mesh.indexing.add(failing, heard())

        retry = mesh.processed(prose(1), document_id=failing.document_id, version=2)
        await mesh.indexing.add(retry, heard())

        assert mesh.stage(failing.document_id) is Stage.COMPLETED


class TestInterruption:
    async def test_broken_off_it_goes_on_after_the_last_batch_kept(self, mesh: Mesh) -> None:
        document, cause = mesh.processed(prose(30)), heard()

        async def break_at_the_third() -> None:
            if mesh.embedder.batches == 2:
                raise ConnectionError

        mesh.embedder.before = break_at_the_third
        with pytest.raises(ConnectionError):
            await mesh.indexing.add(document, cause)
        kept = list(mesh.embedder.embedded)
        mesh.embedder.before = None

        await mesh.indexing.add(document, cause)

        assert len(kept) == 16
        assert len(mesh.embedder.embedded) == len(set(mesh.embedder.embedded)) == 30
        assert len(mesh.said(IndexingStarted)) == len(mesh.said(IndexingCompleted)) == 1
        told = [one.progress for one in mesh.said(IndexingProgressed)]
        assert told == sorted(set(told))

    async def test_told_to_go_it_stops_at_the_next_checkpoint(self, mesh: Mesh) -> None:
        document = mesh.processed(prose(30))

        async def tell_to_go() -> None:
            mesh.going.told = True

        mesh.embedder.before = tell_to_go
        with pytest.raises(Away):
            await mesh.indexing.add(document, heard())

        assert len(mesh.store.state.embeddings) == 8
        assert mesh.stage(document.document_id) is Stage.RUNNING

    async def test_deleted_meanwhile_it_stops_and_leaves_nothing(self, mesh: Mesh) -> None:
        document = mesh.processed(prose(30))

        async def delete() -> None:
            await mesh.indexing.forget(deleted(document.document_id), heard())

        mesh.embedder.before = delete
        await mesh.indexing.add(document, heard())

        assert mesh.embedder.batches == 1
        assert mesh.store.state.embeddings == {}
        assert mesh.store.state.uses == set()
        assert mesh.stage(document.document_id) is Stage.FORGOTTEN
        assert mesh.said(IndexingCompleted) == []

    async def test_deleted_while_its_passages_are_kept_they_are_deleted_too(
        self, mesh: Mesh
    ) -> None:
        document = mesh.processed(prose(2))
        mesh.claims.after = lambda: mesh.indexing.forget(deleted(document.document_id), heard())

        await mesh.indexing.add(document, heard())

        assert self.left(mesh) == {document.text_object_id}
        assert mesh.said(IndexingCompleted) == []

    async def test_killed_after_its_passages_are_kept_a_deletion_finds_them(
        self, mesh: Mesh
    ) -> None:
        document = mesh.processed(prose(2))
        mesh.claims.after = _die
        with pytest.raises(SystemExit):
            await mesh.indexing.add(document, heard())

        await mesh.indexing.forget(deleted(document.document_id), heard())

        assert self.left(mesh) == {document.text_object_id}

    async def test_cancelled_while_its_passages_are_kept_they_are_deleted_once(
        self, mesh: Mesh
    ) -> None:
        document = mesh.processed(prose(2))
        mesh.claims.after = lambda: mesh.indexing.cancel(cancelled(document.document_id), heard())

        await mesh.indexing.add(document, heard())

        assert self.left(mesh) == {document.text_object_id}
        assert mesh.store.state.jobs[document.document_id].objects == ()

    def left(self, mesh: Mesh) -> set[UUID]:
        """Tell which objects nobody has asked to delete."""
        return set(mesh.claims.objects) - {one.object_id for one in mesh.said(DeleteObject)}


class TestForget:
    async def test_its_passages_object_and_embeddings_go(self, mesh: Mesh) -> None:
        document = mesh.processed(prose(2))
        await mesh.indexing.add(document, heard())
        (completed,) = mesh.said(IndexingCompleted)

        await mesh.indexing.forget(deleted(document.document_id), heard())

        assert mesh.said(DeleteObject) == [DeleteObject(object_id=completed.passages_object_id)]
        assert mesh.store.state.embeddings == {}

    async def test_a_deletion_heard_first_leaves_a_tombstone(self, mesh: Mesh) -> None:
        document = mesh.processed(prose(2))

        await mesh.indexing.forget(deleted(document.document_id), heard())
        await mesh.indexing.add(document, heard())

        assert mesh.embedder.embedded == []
        assert mesh.stage(document.document_id) is Stage.FORGOTTEN


class TestCancel:
    async def test_cancelled_meanwhile_it_stops(self, mesh: Mesh) -> None:
        document = mesh.processed(prose(30))

        async def cancel() -> None:
            await mesh.indexing.cancel(cancelled(document.document_id), heard())

        mesh.embedder.before = cancel
        await mesh.indexing.add(document, heard())

        assert mesh.embedder.batches == 1
        assert mesh.stage(document.document_id) is Stage.CANCELLED
        assert mesh.said(IndexingCompleted) == []

    async def test_cancelled_after_its_end_it_counts_as_cancelled(self, mesh: Mesh) -> None:
        document = mesh.processed(prose(2))
        await mesh.indexing.add(document, heard())

        await mesh.indexing.cancel(cancelled(document.document_id), heard())

        assert mesh.stage(document.document_id) is Stage.CANCELLED

    async def test_cancelled_first_it_never_begins_but_a_retry_does(self, mesh: Mesh) -> None:
        document = mesh.processed(prose(2))
        await mesh.indexing.cancel(cancelled(document.document_id), heard())

        await mesh.indexing.add(document, heard())
        assert mesh.embedder.embedded == []

        retry = mesh.processed(prose(2), document_id=document.document_id, version=2)
        await mesh.indexing.add(retry, heard())
        assert mesh.stage(document.document_id) is Stage.COMPLETED


class TestEmbed:
    async def test_texts_are_embedded_with_the_name_of_the_model(self, mesh: Mesh) -> None:
        answer = await mesh.indexing.embed(EmbedTexts(texts=["one", "two"]), Cause())

        assert answer.model == "fake"
        assert [sum(vector) for vector in answer.vectors] == [1.0, 1.0]


async def _die() -> None:
    raise SystemExit
