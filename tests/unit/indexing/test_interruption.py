"""Work that is broken off: by death, by the end of the process, by its owner's word."""

from uuid import UUID

import pytest

from contracts.document import DocumentCancelled, DocumentDeleted
from contracts.indexing import (
    IndexingCompleted,
    IndexingProgressed,
    IndexingStarted,
)
from contracts.storage import DeleteObject
from services.indexing.model import Stage
from shared.problems import Away
from tests.unit.indexing.behaviour import OWNER, heard
from tests.unit.indexing.mesh import Mesh, prose


@pytest.fixture
def mesh() -> Mesh:
    return Mesh()


def deleted(document_id: UUID) -> DocumentDeleted:
    return DocumentDeleted(document_id=document_id, owner_id=OWNER)


def cancelled(document_id: UUID, version: int = 1) -> DocumentCancelled:
    return DocumentCancelled(document_id=document_id, owner_id=OWNER, version=version)


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


async def _die() -> None:
    raise SystemExit
