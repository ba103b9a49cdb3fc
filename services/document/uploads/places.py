"""Storage, asked over the bus for places that people outside send bytes to."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.claims import Asking
from contracts.storage import (
    ArrivedPart,
    CloseUpload,
    ObjectKind,
    OpenPart,
    OpenUpload,
    TellParts,
    Ticket,
    UploadOpened,
)
from services.document.uploads.announced import Upload
from shared.cause import Cause

_JOINING: Final = 25.0
"""An object store may take a while to make one object of many parts."""


@dataclass(frozen=True, slots=True)
class StoragePlaces:
    """`Places` over the bus."""

    bus: Asking

    async def open(self, upload: Upload, cause: Cause) -> UploadOpened:
        """Open a place; the same one for the same upload, however often asked."""
        asked = OpenUpload(
            object_kind=ObjectKind.ORIGINAL,
            media_type=upload.media_type,
            repeat_key=f"upload/{upload.id}",
            public=True,
            size=upload.size,
        )
        return await self.bus.ask(asked, cause)

    async def open_part(self, object_id: UUID, number: int, cause: Cause) -> Ticket:
        """Ask for a ticket that works from outside."""
        return await self.bus.ask(OpenPart(object_id=object_id, number=number, public=True), cause)

    async def parts(self, object_id: UUID, cause: Cause) -> list[ArrivedPart]:
        """Ask what came."""
        return (await self.bus.ask(TellParts(object_id=object_id), cause)).parts

    async def close(self, object_id: UUID, cause: Cause) -> None:
        """Have it take no more; the problem that comes back says what is missing."""
        await self.bus.ask(CloseUpload(object_id=object_id), cause, within=_JOINING)
