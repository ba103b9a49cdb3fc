"""Finds index entries of documents that are gone, or must not be found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.orphans import WhichDocumentsLive, unknown
from services.search.ports import Store
from services.search.service.editions import Editions
from shared.cause import Cause
from shared.requests import Asking

_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Inventory:
    """Compares what is searched with what there is."""

    store: Store
    editions: Editions
    bus: Asking

    async def look(self, cause: Cause) -> Mapping[str, set[str]]:
        """Ask for the documents that should be found, and look for those that should not."""
        known = await self.store.known()
        wanted = {document_id for document_id, is_found in known.items() if is_found}
        gone = await unknown(self.bus, WhichDocumentsLive, wanted, cause)
        words, vectors = await self._still_there(sorted(known.keys() - wanted), cause)
        return {
            "searched-document": {str(document_id) for document_id in gone},
            "words": {str(document_id) for document_id in words},
            "vectors": {str(document_id) for document_id in vectors},
        }

    async def _still_there(self, unwanted: list[UUID], cause: Cause) -> tuple[set[UUID], set[UUID]]:
        words: set[UUID] = set()
        vectors: set[UUID] = set()
        async with self.store.begin(cause) as tx:
            live = [edition for edition in await tx.editions() if edition.is_live]
        for edition in live:
            opened = await self.editions.open(edition)
            for start in range(0, len(unwanted), _AT_ONCE):
                some = unwanted[start : start + _AT_ONCE]
                words |= await opened.text.holding(some)
                if opened.vectors is not None:
                    vectors |= await opened.vectors.holding(some)
        return words, vectors
