"""What came of a direct upload so far, told by the object store itself, and its end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.storage import ArrivedPart, CloseUpload, PartsTold, TellParts
from services.storage.model.announced import Announced, Piece
from services.storage.model.errors import NeverArrived, SizeMismatch
from services.storage.model.stored import StoredObject
from services.storage.ports import Objects, PartsUnfit, Store
from services.storage.service import MARGIN, mine, utc_now
from services.storage.uploads.sweep import thrown_away
from shared.cause import Cause
from shared.messages import Done


@dataclass(frozen=True, slots=True)
class DirectUploads:
    """The verbs for uploads whose size was announced."""

    store: Store
    objects: Objects
    now: Callable[[], datetime] = utc_now

    async def tell_parts(self, asked: TellParts, cause: Cause) -> PartsTold:
        """List what is there."""
        async with self.store.begin(cause) as tx:
            place = await mine(tx, asked.object_id, cause)
        announced = place.direct()
        came = await self._came(place, announced)
        return PartsTold(
            object_id=place.id,
            size=announced.size,
            parts=[ArrivedPart(number=piece.number, size=piece.size) for piece in came],
        )

    async def close(self, asked: CloseUpload, cause: Cause) -> Done:
        """Take no more bytes, if those announced are there; repeating it is fine.

        The row is held meanwhile, so nobody gets a ticket for, joins or drops parts beside us.
        Of an upload that brought too much nothing is kept, and it stays open.
        """
        excess = ""
        async with self.store.begin(cause) as tx:
            place = await mine(tx, asked.object_id, cause)
            announced = place.direct()
            if place.takes_bytes:
                try:
                    await self._join(place, announced)
                    await tx.put(place.arrived(self.now() + MARGIN))
                except SizeMismatch:
                    excess = announced.excess(await self._came(place, announced))
                    if not excess:
                        raise
                    await tx.put(await thrown_away(place, self.objects))
        if excess:
            raise SizeMismatch(
                f"{excess}, so nothing of it was kept. Send all of it again, "
                "or abort the upload and announce another size."
            )
        return Done()

    async def _came(self, place: StoredObject, announced: Announced) -> list[Piece]:
        if not place.takes_bytes:
            return announced.pieces
        if announced.part_size is not None:
            if place.upload_id is None:
                return []
            came = await self.objects.parts(place.sealed, place.upload_id)
            # A kill may have come between joining them and noting that.
            return announced.kept(came) if came else await self._whole(place, announced)
        return await self._whole(place, announced)

    async def _whole(self, place: StoredObject, announced: Announced) -> list[Piece]:
        arrived = await self.objects.arrived(place.spot)
        if arrived is None:
            return []
        return announced.pieces if arrived.size == announced.size else [Piece(1, arrived.size)]

    async def _join(self, place: StoredObject, announced: Announced) -> None:
        if place.upload_id is not None:
            came = await self.objects.parts(place.sealed, place.upload_id)
            if came:
                await self._make_one(place, place.upload_id, announced.fitting(came))
        arrived = await self.objects.arrived(place.spot)
        if arrived is None:
            raise NeverArrived(
                f"Send exactly the {announced.size} bytes that were announced, for no other number "
                "is taken, then complete the upload; or abort it and announce another size."
            )
        if arrived.size != announced.size:
            raise SizeMismatch(
                f"Announced are {announced.size} bytes, received {arrived.size}. "
                "Send all of them again, or abort the upload and announce another size."
            )

    async def _make_one(self, place: StoredObject, upload_id: str, parts: list[Piece]) -> None:
        try:
            await self.objects.join_parts(place.sealed, upload_id, parts)
        except PartsUnfit:
            raise SizeMismatch("A part changed just now; complete the upload again.") from None
