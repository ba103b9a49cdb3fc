"""Fills a text index that was made anew, from what the other services still hold."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from services.search.model.document import IndexedDocument
from services.search.ports import Documents, Passages, Store, TextIndex
from shared.cause import Cause
from shared.problems import Away, NotFound

REST: Final = 5.0
"""Seconds to wait when something that is needed is away."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """Compares what the database remembers with the index that is there, and fills the gap.

    A folder that was lost, or is of an older format, costs no document: each is written again.
    """

    store: Store
    text: TextIndex
    passages: Passages
    documents: Documents
    rest: float = REST

    async def run(self) -> None:
        """Write every missing document, however long it takes; then there is nothing left to do."""
        missing = await self._missing()
        for document in missing:
            try:
                await self._patiently(document)
            except Exception:
                # It stays listed as missing, and the next start tries it again.
                log.exception("cannot be written again", document=str(document.id))
        log.info("the text index is complete", written_again=len(missing))

    async def _missing(self) -> list[IndexedDocument]:
        while True:
            try:
                return await self.store.missing_from(self.text.id)
            except Away:
                await asyncio.sleep(self.rest)

    async def _patiently(self, document: IndexedDocument) -> None:
        while True:
            try:
                await self._write(document)
            except Away as away:
                log.info("waiting", reason=away.detail)
                await asyncio.sleep(self.rest)
            else:
                return

    async def _write(self, listed: IndexedDocument) -> None:
        """Write one document, unless it changed since it was listed."""
        cause = Cause(actor=listed.owner_id)
        async with self.store.begin(cause) as tx:
            document = await tx.take(listed.id, listed.owner_id)
            reading = document.reading
            if reading is None or document.text_index == self.text.id:
                return
            try:
                about = document.about(await self.documents.describe(document.id, cause))
                contents = await self.passages.read(document.id, reading, cause)
            except NotFound:
                log.info("deleted meanwhile", document=str(document.id))
            else:
                await self.text.put(about, [one.passage for one in contents.passages])
            await tx.put(document.rewritten(self.text.id))
