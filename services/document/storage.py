"""Storage, asked over the bus: for permission to read objects, and for places to send bytes to."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.storage import (
    ArrivedPart,
    CloseUpload,
    DownloadTicket,
    ObjectKind,
    OpenDownload,
    OpenPart,
    OpenUpload,
    TellParts,
    Ticket,
    UploadOpened,
)
from services.document.model.upload import Upload
from shared.cause import Cause
from shared.requests import Asking

_JOINING: Final = 25.0
"""Seconds; an object store may take a while to make one object of many parts."""


@dataclass(frozen=True, slots=True)
class StorageDownloads:
    """`Downloads` over the bus."""

    bus: Asking

    async def open(
        self, object_id: UUID, cause: Cause, *, filename: str | None = None
    ) -> DownloadTicket:
        """Ask for a ticket to read an object, on behalf of whoever asks us."""
        return await self.bus.ask(OpenDownload(object_id=object_id, filename=filename), cause)


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
        """Ask for a ticket to send one part, which works from outside the mesh."""
        return await self.bus.ask(OpenPart(object_id=object_id, number=number, public=True), cause)

    async def parts(self, object_id: UUID, cause: Cause) -> list[ArrivedPart]:
        """Ask which parts arrived, and how large they are."""
        return (await self.bus.ask(TellParts(object_id=object_id), cause)).parts

    async def close(self, object_id: UUID, cause: Cause) -> None:
        """Have it take no more bytes; the problem that comes back says what is missing."""
        await self.bus.ask(CloseUpload(object_id=object_id), cause, within=_JOINING)
