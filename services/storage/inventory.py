"""Compares what storage keeps with what others refer to, and the buckets with what it knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from contracts.orphans import (
    Known,
    WhichKnown,
    WhichObjectsKept,
    WhichObjectsOfDocuments,
    WhichObjectsOfPassages,
    unknown,
)
from services.storage.model.stored import Place, Spot
from services.storage.ports import Objects, Store
from shared.cause import Cause
from shared.requests import Asking

HOLDERS: Final[tuple[type[WhichKnown], ...]] = (WhichObjectsOfDocuments, WhichObjectsOfPassages)
"""Whoever keeps objects here answers such a request; of one that does not, all are reported."""

_PAGE: Final = 1_000
_OVERDUE: Final = timedelta(hours=1)
"""How long what the sweep takes may wait for it: unclaimed uploads, late bytes, stray parts."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The verbs; ids come in and ids go out, whoever they belong to."""

    store: Store
    objects: Objects
    bus: Asking
    now: Callable[[], datetime]

    async def which_kept(self, asked: WhichObjectsKept, cause: Cause) -> Known:
        """Tell which objects are there and not deleted, whatever became of their check."""
        async with self.store.begin(cause) as tx:
            return Known(ids=sorted(await tx.kept(asked.ids)))

    async def look(self, cause: Cause) -> Mapping[str, set[str]]:
        """Find objects that nobody holds, what should be gone, and bytes of no object."""
        before = self.now() - _OVERDUE
        async with self.store.begin(cause) as tx:
            overdue = await tx.overdue(before)
        return {
            "object": await self._unheld(cause),
            "object-overdue": {str(object_id) for object_id in overdue},
            "bytes-incoming": await self._unaccounted(Place.INCOMING, cause, before),
            "bytes-sealed": await self._unaccounted(Place.SEALED, cause, self.now()),
            "parts": await self._never_joined(cause, before),
        }

    async def _unheld(self, cause: Cause) -> set[str]:
        found: set[str] = set()
        after: UUID | None = None
        while True:
            async with self.store.begin(cause) as tx:
                page = await tx.claimed(after, limit=_PAGE)
            if not page:
                return found
            unheld = set(page)
            for which in HOLDERS:
                unheld = await unknown(self.bus, which, unheld, cause)
            found.update(map(str, unheld))
            after = page[-1]

    async def _unaccounted(self, place: Place, cause: Cause, before: datetime) -> set[str]:
        found: set[str] = set()
        async for some in self.objects.lying(place):
            spots = {Spot(place, laid.key) for laid in some if laid.at < before}
            async with self.store.begin(cause) as tx:
                spots -= await tx.accounted(sorted(spots, key=lambda spot: spot.key))
            found.update(spot.key for spot in spots)
        return found

    async def _never_joined(self, cause: Cause, before: datetime) -> set[str]:
        begun = await self.objects.gathering()
        gathering = {one.upload_id for one in begun if one.at < before}
        async with self.store.begin(cause) as tx:
            return gathering - await tx.gathered(sorted(gathering))
