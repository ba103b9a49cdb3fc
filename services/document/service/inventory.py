"""What document knows of, for others to compare with; and what it has whose files are gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.orphans import (
    Known,
    WhichDocumentsLive,
    WhichObjectsKept,
    WhichObjectsOfDocuments,
    unknown,
)
from services.document.ports import Store
from shared.cause import Cause
from shared.requests import Asking

_PAGE: Final = 300


@dataclass(frozen=True, slots=True)
class Inventory:
    """The verbs; ids come in and ids go out, whoever they belong to."""

    store: Store
    bus: Asking

    async def which_live(self, asked: WhichDocumentsLive, cause: Cause) -> Known:
        """Tell which documents are there, and not deleted."""
        async with self.store.begin(cause) as tx:
            return Known(ids=sorted(await tx.living(asked.ids)))

    async def which_held(self, asked: WhichObjectsOfDocuments, cause: Cause) -> Known:
        """Tell which objects a document refers to that is not deleted."""
        async with self.store.begin(cause) as tx:
            return Known(ids=sorted(await tx.referred_to(asked.ids)))

    async def look(self, cause: Cause) -> Mapping[str, set[str]]:
        """Find documents that refer to what storage does not keep."""
        found: set[str] = set()
        after: UUID | None = None
        while True:
            async with self.store.begin(cause) as tx:
                page = await tx.references(after, limit=_PAGE)
            if not page:
                return {"document": found}
            objects = {object_id for held in page.values() for object_id in held}
            gone = await unknown(self.bus, WhichObjectsKept, objects, cause)
            found.update(str(document_id) for document_id, held in page.items() if held & gone)
            after = max(page)
