"""Reads a document's file and keeps its text; what was read is kept on the way, for a retry."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from contracts.document import ExtractDocument
from services.document.model.document import Document
from services.document.model.facts import Failure, Text, Unreadable
from services.document.ports import Claims, Reader, Rooms, Slice, Store, Transaction
from services.document.service.journey import Step, move
from shared.cause import Cause
from shared.problems import Refused

TEXT_TYPE: Final = "application/json"
CHECKPOINT_TYPE: Final = "application/gzip"

log = structlog.get_logger(__name__)


class NoLongerWanted(Exception):
    """It was cancelled, deleted or retried while it was read."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What is done when a document is to be read; a repeated order changes nothing."""

    store: Store
    claims: Claims
    reader: Reader
    rooms: Rooms
    now: Callable[[], datetime]

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

    async def _take(self, heard: ExtractDocument, cause: Cause, step: Step) -> None:
        """Let the document take note of how its reading ended, and say what follows from it."""
        async with self.store.begin(cause) as tx:
            before = await tx.find(heard.document_id)
            if before is not None:
                await move(tx, before, step(before), now=self.now())

    async def _read(self, document: Document, cause: Cause) -> Text:
        """Fetch, read and keep; `NoLongerWanted` when the owner changed their mind meanwhile."""
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
        """Fetch what was read before; what is not there any more is read again."""
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
            after = before.read_so_far(slice_.done, slice_.of)
            await move(tx, before, after, now=self.now())

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
        """Note which object must be deleted with the document, before a byte of it is kept."""
        async with self.store.begin(cause.midway()) as tx:
            await tx.put(noting(await self._wanted(tx, document), object_id))

    async def _wanted(self, tx: Transaction, document: Document) -> Document:
        """Find it as it is now; `NoLongerWanted` if this reading of it is of no use any more."""
        found = await tx.find(document.id)
        if found is None or not found.waits_for_reading(document.version):
            raise NoLongerWanted
        return found
