"""Leave to read an object, which storage gives."""

from dataclasses import dataclass
from uuid import UUID

from contracts.claims import Asking
from contracts.storage import DownloadTicket, OpenDownload
from shared.cause import Cause


@dataclass(frozen=True, slots=True)
class StorageDownloads:
    """`Downloads` over the bus."""

    bus: Asking

    async def open(
        self, object_id: UUID, cause: Cause, *, filename: str | None = None
    ) -> DownloadTicket:
        """Ask storage for a ticket, on behalf of whoever asks us."""
        return await self.bus.ask(OpenDownload(object_id=object_id, filename=filename), cause)
