"""Clears what lies where bytes come in: unclaimed uploads, late bytes, more than was announced."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.storage.check import Examiner
from services.storage.model.announced import Piece
from services.storage.model.stored import Place, Spot, StoredObject
from services.storage.ports import Begun, Laid, Objects, Store
from services.storage.service import utc_now
from shared.cause import Cause

STRAY: Final = timedelta(minutes=30)
"""How long a key of no object is left alone: rows are committed before their tickets go out."""

_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Tickets cannot be taken back, so what they brought too late or too much is looked for."""

    store: Store
    objects: Objects
    examiner: Examiner
    now: Callable[[], datetime] = utc_now

    async def sweep(self) -> int:
        """Clear all of it, and answer how much there was."""
        return await self._unclaimed() + await self._whole() + await self._in_parts()

    async def _unclaimed(self) -> int:
        swept = 0
        while some := await self._some_unclaimed():
            swept += some
        return swept

    async def _some_unclaimed(self) -> int:
        async with self.store.begin(Cause()) as tx:
            places = await tx.unclaimed(self.now(), _AT_ONCE)
            for place in places:
                await self.examiner.tidy(place, keep=False)
                await tx.put(place.given_up())
        return len(places)

    async def _whole(self) -> int:
        swept = 0
        async for some in self.objects.lying(Place.INCOMING):
            async with self.store.begin(Cause()) as tx:
                known = {place.incoming: place for place in await tx.at([one.key for one in some])}
            for laid in some:
                swept += await self._look_at(laid, known.get(laid.key))
        return swept

    async def _look_at(self, laid: Laid, place: StoredObject | None) -> int:
        if self._is_nobodys(laid, place):
            await self.objects.erase(Spot(Place.INCOMING, laid.key))
            return 1
        if place is not None and _exceeds(place, [Piece(1, laid.size)]):
            return await self._empty(place.id)
        return 0

    async def _in_parts(self) -> int:
        swept = 0
        gathering = await self.objects.gathering()
        async with self.store.begin(Cause()) as tx:
            known = {
                place.upload_id: place
                for place in await tx.gathering([begun.upload_id for begun in gathering])
            }
        for begun in gathering:
            place = known.get(begun.upload_id)
            if self._is_nobodys(begun, place):
                await self.objects.drop_parts(begun.sealed, begun.upload_id)
                swept += 1
            elif place is not None and _exceeds(place, await self._came(place)):
                swept += await self._empty(place.id)
        return swept

    def _is_nobodys(self, found: Laid | Begun, place: StoredObject | None) -> bool:
        return found.at < self.now() - STRAY if place is None else place.settled

    async def _empty(self, object_id: UUID) -> int:
        """Throw away what is too much, looking again while nobody can claim it."""
        async with self.store.begin(Cause()) as tx:
            place = await tx.find(object_id)
            if place is None or not _exceeds(place, await self._came(place)):
                return 0
            await tx.put(await thrown_away(place, self.objects))
        return 1

    async def _came(self, place: StoredObject) -> list[Piece]:
        if place.upload_id is not None:
            return list(await self.objects.parts(place.sealed, place.upload_id))
        arrived = await self.objects.arrived(place.spot)
        return [] if arrived is None else [Piece(1, arrived.size)]


async def thrown_away(place: StoredObject, objects: Objects) -> StoredObject:
    """Take away all that came of an upload, and answer it as it is then: open, and empty."""
    if place.upload_id is not None:
        await objects.drop_parts(place.sealed, place.upload_id)
    await objects.erase(Spot(Place.INCOMING, place.incoming))
    return place.emptied_again()


def _exceeds(place: StoredObject, came: list[Piece]) -> bool:
    return place.takes_bytes and place.announced is not None and bool(place.announced.excess(came))
