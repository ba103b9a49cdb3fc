"""One file on its way to the object store: in one piece if it is small, else part by part."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from contracts.storage import DiscardUpload, ObjectKind, OpenPart, OpenUpload, UploadOpened
from contracts.storage import Ticket as StorageTicket
from services.gateway.house import Visit
from shared.problems import Away, Problem

_TRIES: Final = 4
_ABOUT_TO_EXPIRE: Final = timedelta(seconds=60)


class TooLarge(
    Problem,
    code="too-large",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    title="The file is too large",
):
    """More bytes than a file may have."""


@dataclass(slots=True)
class Digest:
    """Size and SHA-256 of what passed by."""

    limit: int
    size: int = 0
    _sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, data: bytes) -> None:
        """Count further bytes; `TooLarge` beyond the limit."""
        self.size += len(data)
        if self.size > self.limit:
            raise TooLarge(f"A file has at most {self.limit} bytes.", limit=self.limit)
        self._sha256.update(data)

    @property
    def sha256(self) -> str:
        """The hash of all of it."""
        return self._sha256.hexdigest()


@dataclass(slots=True)
class Sender:
    """Holds at most one part in memory."""

    visit: Visit
    opened: UploadOpened
    digest: Digest
    _waiting: list[bytes] = field(default_factory=list)
    _held: int = 0
    _parts: int = 0

    @classmethod
    async def open(cls, visit: Visit, media_type: str) -> "Sender":
        """Ask for a place for the bytes."""
        opened = await visit.ask(OpenUpload(object_kind=ObjectKind.ORIGINAL, media_type=media_type))
        return cls(visit, opened, Digest(visit.house.limits.file_bytes))

    @property
    def object_id(self) -> UUID:
        """What the object is called in storage."""
        return self.opened.object_id

    async def write(self, data: bytes) -> None:
        """Take further bytes. A part leaves once it is known not to be the whole file."""
        self.digest.add(data)
        while self._held + len(data) > self.opened.part_size:
            room = self.opened.part_size - self._held
            self._hold(data[:room])
            await self._send(self._part)
            data = data[room:]
        self._hold(data)

    async def finish(self) -> None:
        """Send the rest."""
        in_parts = self._parts or _expires_soon(self.opened.whole)
        await self._send(self._part if in_parts else self._whole)

    async def discard(self) -> None:
        """Leave nothing; what cannot be told now expires in storage by itself."""
        try:
            await self.visit.ask(DiscardUpload(object_id=self.object_id), within=2)
        except Problem:
            return

    def _hold(self, data: bytes) -> None:
        self._waiting.append(data)
        self._held += len(data)

    async def _whole(self) -> StorageTicket:
        return self.opened.whole

    async def _part(self) -> StorageTicket:
        return await self.visit.ask(OpenPart(object_id=self.object_id, number=self._parts + 1))

    async def _send(self, open_: Callable[[], Awaitable[StorageTicket]]) -> None:
        """Send what is held; a store that is away for a moment is tried again."""
        for wait in range(_TRIES):
            try:
                ticket = await open_()
                await self.visit.house.objects.stream_up(ticket, self._body(), self._held)
            except Away:
                if wait == _TRIES - 1:
                    raise
                await asyncio.sleep(0.5 * 2**wait)
            else:
                break
        self._parts += 1
        self._held = 0
        self._waiting.clear()

    async def _body(self) -> AsyncIterator[bytes]:
        """Give what is held piece by piece, so that nothing copies all of it at once."""
        for piece in self._waiting:
            yield piece


def _expires_soon(ticket: StorageTicket) -> bool:
    return ticket.expires_at - datetime.now(UTC) < _ABOUT_TO_EXPIRE
