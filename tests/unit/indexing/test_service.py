"""The verbs of indexing, and what they say."""

import base64
import json

import pytest

from contracts.indexing import (
    EmbedTexts,
    IndexingCompleted,
    IndexingFailed,
    IndexingProgressed,
    IndexingStarted,
    IndexingTaskStatusUpdated,
)
from services.indexing.model import Stage
from services.indexing.service.questions import Questions
from shared.boxes import AlreadyHandled
from shared.cause import Cause
from tests.unit.indexing.behaviour import heard
from tests.unit.indexing.mesh import PARAGRAPH, Mesh, prose


@pytest.fixture
def mesh() -> Mesh:
    return Mesh()


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
            IndexingCompleted,
        ]
        assert [m.progress for m in said if isinstance(m, IndexingProgressed)] == [40, 80]
        sequences = [sequence for _, sequence in mesh.store.state.said]
        assert sequences == list(range(1, len(sequences) + 1))

    async def test_a_huge_document_says_progress_at_most_fifty_times(self, mesh: Mesh) -> None:
        await mesh.indexing.add(mesh.processed(prose(1_000)), heard())

        told = [one.progress for one in mesh.said(IndexingProgressed)]
        assert mesh.embedder.batches == 125
        assert len(told) <= 50
        assert told == sorted(told)
        assert told[-1] < 100

    async def test_a_reading_that_was_given_up_is_told_once(self, mesh: Mesh) -> None:
        document = mesh.processed(prose(2))

        await mesh.indexing.give_up(document, heard())
        await mesh.indexing.give_up(document, heard())

        assert [one.code for one in mesh.said(IndexingFailed)] == ["given-up"]

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


class TestEmbed:
    async def test_texts_are_embedded_with_the_name_of_the_model(self, mesh: Mesh) -> None:
        answer = await Questions(mesh.embedder).embed(EmbedTexts(texts=["one", "two"]), Cause())

        assert answer.model == "fake"
        assert [sum(vector) for vector in answer.vectors] == [1.0, 1.0]
