"""A document's way through the mesh: what others say of it, and what follows from that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.document import (
    DocumentEvent,
    DocumentFailed,
    DocumentProcessed,
    DocumentProcessing,
    DocumentReady,
    ExtractDocument,
)
from contracts.document import DocumentStatus as Status
from contracts.indexing import IndexingFailed, IndexingProgressed, IndexingStarted
from contracts.search import DocumentIndexed, DocumentNotIndexed
from contracts.storage import DeleteObject, ObjectRefused, ObjectStored
from services.document.model.document import Document
from services.document.model.facts import Failure
from services.document.ports import Store, Transaction
from services.document.service.wording import happening, tell
from shared.cause import Cause

Step = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Journey:
    """What is done when others tell of a document; late and repeated news changes nothing."""

    store: Store
    now: Callable[[], datetime]

    async def stored(self, heard: ObjectStored, cause: Cause) -> None:
        """Begin to read a file that passed its checks."""
        async with self.store.begin(cause) as tx:
            before = await tx.find_by_object(heard.object_id)
            if before is None or before.owner_id != heard.owner_id or before.deleted:
                return
            after = before.checked(heard.media_type, heard.sha256)
            if before.stored or before.finished:
                await tell(tx, before, after, now=self.now())
                return
            await tx.note(after.id, happening(heard, self.now()))
            await begin_reading(tx, before, after, now=self.now())

    async def refused(self, heard: ObjectRefused, cause: Cause) -> None:
        """Take note that a file did not pass its checks."""
        failure = Failure(heard.code, heard.detail, heard.quarantined)
        async with self.store.begin(cause) as tx:
            before = await tx.find_by_object(heard.object_id)
            if before is not None and before.owner_id == heard.owner_id:
                await move(tx, before, before.failed(before.version, failure), now=self.now())

    async def indexing_started(self, heard: IndexingStarted, cause: Cause) -> None:
        """Take note that it is being made searchable."""
        await self._take(heard, cause, lambda before: before.embedded(heard.version, 0))

    async def indexing_progressed(self, heard: IndexingProgressed, cause: Cause) -> None:
        """Take note of how far that is."""
        await self._take(
            heard, cause, lambda before: before.embedded(heard.version, heard.progress)
        )

    async def indexing_failed(self, heard: IndexingFailed, cause: Cause) -> None:
        """Take note that no passages could be made of it."""
        await self._not_searchable(heard, cause)

    async def not_indexed(self, heard: DocumentNotIndexed, cause: Cause) -> None:
        """Take note that its passages could not be put into the indexes."""
        await self._not_searchable(heard, cause)

    async def indexed(self, heard: DocumentIndexed, cause: Cause) -> None:
        """Be ready: a search finds it from now on."""
        await self._take(
            heard, cause, lambda before: before.found_by_search(heard.version, heard.passages)
        )

    async def _not_searchable(
        self, heard: IndexingFailed | DocumentNotIndexed, cause: Cause
    ) -> None:
        failure = Failure(heard.code, heard.detail)
        await self._take(heard, cause, lambda before: before.failed(heard.version, failure))

    async def _take(self, heard: DocumentEvent, cause: Cause, step: Step) -> None:
        """Let a document take note of an event, and keep it in the history unless it came late."""
        async with self.store.begin(cause) as tx:
            before = await tx.find(heard.document_id)
            if before is None:
                return
            after = step(before)
            late = after == before or before.passages is not None
            if not late:
                await tx.note(after.id, happening(heard, self.now()))
            await move(tx, before, after, now=self.now())


async def begin_reading(
    tx: Transaction, before: Document, after: Document, *, now: datetime
) -> Document:
    """Say that a reading begins, and have it done."""
    processing = DocumentProcessing(
        document_id=after.id, owner_id=after.owner_id, version=after.version
    )
    after = await tell(tx, before, after, processing, now=now)
    await tx.say(ExtractDocument(document_id=after.id, version=after.version))
    return after


async def move(tx: Transaction, before: Document, after: Document, *, now: datetime) -> None:
    """Write a change of facts down, say what follows, and delete checkpoints it dropped."""
    for object_id in set(before.checkpoints) - set(after.checkpoints):
        await tx.say(DeleteObject(object_id=object_id))
    await tell(tx, before, after, *_consequences(before, after), now=now)


def _consequences(before: Document, after: Document) -> list[DocumentEvent]:
    """Make the events that a change of facts amounts to: processed, failed, ready, or none."""
    whose = {"document_id": after.id, "owner_id": after.owner_id}
    events: list[DocumentEvent] = []
    if after.text is not None and after.read and not before.read:
        text = after.text
        events.append(
            DocumentProcessed(
                **whose,
                version=after.version,
                text_object_id=text.object_id,
                text_version=text.version,
                characters=text.characters,
                pages=text.pages,
            )
        )
    if after.failure is not None and before.failure is None:
        code, detail = after.failure.code, after.failure.detail
        events.append(DocumentFailed(**whose, version=after.version, code=code, detail=detail))
    if after.status is Status.READY is not before.status and after.passages is not None:
        ready = DocumentReady(**whose, version=after.version, passages=after.passages)
        events.append(ready)
    return events
