"""A document's way through the mesh: what others say of it, and the reading in between."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

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
from services.document.facts import Failure, Text, Unreadable
from services.document.model.document import Document
from services.document.ports import Claims, Reader, Rooms, Slice, Store, Transaction
from services.document.wording import happening, tell
from shared.cause import Cause
from shared.problems import Refused

TEXT_TYPE: Final = "application/json"
CHECKPOINT_TYPE: Final = "application/gzip"

log = structlog.get_logger(__name__)


class NoLongerWanted(Exception):
    """It was cancelled or deleted while it was read."""


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


@dataclass(frozen=True, slots=True)
class Journey:
    """The verbs that messages call; late and repeated ones change nothing."""

    store: Store
    claims: Claims
    reader: Reader
    rooms: Rooms
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
                await self._moved(tx, before, before.failed(before.version, failure))

    async def extract(self, heard: ExtractDocument, cause: Cause) -> None:
        """Read a document's file and keep its text."""
        document = await self.store.look(heard.document_id)
        if document is None or not document.waits_for_reading(heard.version):
            return
        try:
            text = await self._read(document, cause)
        except NoLongerWanted:
            return
        except Unreadable as unreadable:
            failure = Failure(unreadable.code, unreadable.detail)
            await self._take(heard, cause, lambda before: before.failed(heard.version, failure))
            return
        await self._take(heard, cause, lambda before: before.read_as(text))

    async def give_up(self, heard: ExtractDocument, cause: Cause) -> None:
        """Say that reading it failed for reasons of our own; a retry may help."""
        failure = Failure("given-up", "Reading it failed again and again; try later.")
        await self._take(heard, cause, lambda before: before.failed(heard.version, failure))

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

    async def _take(
        self,
        heard: DocumentEvent | ExtractDocument,
        cause: Cause,
        step: Callable[[Document], Document],
    ) -> None:
        """Let a document take note of something, and say what follows from it."""
        async with self.store.begin(cause) as tx:
            before = await tx.find(heard.document_id)
            if before is None:
                return
            after = step(before)
            late = after == before or before.passages is not None
            if isinstance(heard, DocumentEvent) and not late:
                await tx.note(after.id, happening(heard, self.now()))
            await self._moved(tx, before, after)

    async def _moved(self, tx: Transaction, before: Document, after: Document) -> None:
        for object_id in set(before.checkpoints) - set(after.checkpoints):
            await tx.say(DeleteObject(object_id=object_id))
        await tell(tx, before, after, *_consequences(before, after), now=self.now())

    async def _read(self, document: Document, cause: Cause) -> Text:
        """Fetch, read and keep; broken off when the owner changes their mind meanwhile."""
        with self.rooms.file() as path:
            await self._fetch(document, path, cause)
            parts = [content async for content in self._known(document, cause)]
            reached = partial(self._reached, document, cause)
            read = await self.reader.read(path, document.media_type, parts, reached)
        if read.unsaved:
            await self._checkpoint(read.unsaved, document, cause)
        known = document.text
        if known is not None and known.version == read.version:
            object_id = known.object_id
        else:
            note = partial(self._note, Document.keeping, document, cause)
            kept = await self.claims.keep(read.content, TEXT_TYPE, cause, placed=note)
            object_id = kept.object_id
        return Text(
            document.version,
            object_id,
            read.version,
            read.characters,
            read.pages,
            read.troubles,
        )

    async def _fetch(self, document: Document, path: Path, cause: Cause) -> None:
        try:
            await self.claims.fetch_to(document.object_id, path, cause)
        except Refused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise
            raise Unreadable("file-missing", "the file is not there any more") from refused

    async def _known(self, document: Document, cause: Cause) -> AsyncIterator[bytes]:
        """Fetch what was read before; what is not there any more is read anew."""
        for object_id in document.checkpoints:
            try:
                yield await self.claims.fetch(object_id, cause)
            except Refused:
                log.info("checkpoint gone", document=str(document.id), object=str(object_id))

    async def _reached(self, document: Document, cause: Cause, slice_: Slice) -> None:
        """Keep what was read so far, and say how far it is."""
        if slice_.content:
            await self._checkpoint(slice_.content, document, cause)
        async with self.store.begin(cause.midway()) as tx:
            before = await self._wanted(tx, document)
            await self._moved(tx, before, before.read_so_far(slice_.done, slice_.of))

    async def _checkpoint(self, content: bytes, document: Document, cause: Cause) -> None:
        note = partial(self._note, Document.checkpointed, document, cause)
        await self.claims.keep(content, CHECKPOINT_TYPE, cause, placed=note)

    async def _note(
        self,
        noting: Callable[[Document, UUID], Document],
        document: Document,
        cause: Cause,
        object_id: UUID,
    ) -> None:
        """Note what must be deleted with the document, before a byte of it is kept."""
        async with self.store.begin(cause.midway()) as tx:
            await tx.put(noting(await self._wanted(tx, document), object_id))

    async def _wanted(self, tx: Transaction, document: Document) -> Document:
        """Find it as it is now, if this reading of it still matters to anybody."""
        found = await tx.find(document.id)
        if found is None or not found.waits_for_reading(document.version):
            raise NoLongerWanted
        return found


def _consequences(before: Document, after: Document) -> list[DocumentEvent]:
    """Name what a change of facts amounts to."""
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
