"""One file on its way to the object store: in a message if it is light, else piece by piece."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from contracts.storage import (
    DiscardUpload,
    KeepObject,
    ObjectKind,
    OpenPart,
    OpenUpload,
    UploadOpened,
)
from contracts.storage import Ticket as StorageTicket
from services.gateway.dependencies import Visit
from shared.cause import new_id
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
    """Holds at most one part in memory. A light file travels in a message, under our own id."""

    visit: Visit
    media_type: str
    digest: Digest
    opened: UploadOpened | None = None
    _own_id: UUID = field(default_factory=new_id)
    _kept: bool = False
    _waiting: list[bytes] = field(default_factory=list)
    _held: int = 0
    _parts: int = 0

    @classmethod
    def begin(cls, visit: Visit, media_type: str) -> "Sender":
        """Be ready for bytes of any number."""
        return cls(visit, media_type, Digest(visit.gateway.limits.file_bytes))

    @property
    def object_id(self) -> UUID:
        """What the object is called in storage, once all of it is written."""
        return self._own_id if self.opened is None else self.opened.object_id

    async def write(self, data: bytes) -> None:
        """Take further bytes. A part leaves once it is known not to be the whole file."""
        self.digest.add(data)
        opened = self.opened
        if opened is None:
            if self._held + len(data) <= self.visit.gateway.limits.light_bytes:
                self._hold(data)
                return
            asked = OpenUpload(object_kind=ObjectKind.ORIGINAL, media_type=self.media_type)
            opened = self.opened = await self.visit.ask(asked)
        while self._held + len(data) > opened.part_size:
            room = opened.part_size - self._held
            self._hold(data[:room])
            await self._send(opened, in_parts=True)
            data = data[room:]
        self._hold(data)

    async def finish(self) -> None:
        """Send the rest."""
        if self.opened is None:
            await self._keep()
        else:
            in_parts = self._parts > 0 or _expires_soon(self.opened.whole)
            await self._send(self.opened, in_parts=in_parts)

    async def discard(self) -> None:
        """Leave nothing; what cannot be told now expires in storage by itself."""
        if self.opened is None and not self._kept:
            return
        try:
            await self.visit.ask(DiscardUpload(object_id=self.object_id), within=2)
        except Problem:
            return

    def _hold(self, data: bytes) -> None:
        self._waiting.append(data)
        self._held += len(data)

    async def _keep(self) -> None:
        self._kept = True
        asked = KeepObject(
            object_id=self._own_id,
            object_kind=ObjectKind.ORIGINAL,
            media_type=self.media_type,
            content=b"".join(self._waiting),
        )
        await _again_while_away(lambda: self.visit.ask(asked))

    async def _send(self, opened: UploadOpened, *, in_parts: bool) -> None:
        """Send what is held."""

        async def send() -> None:
            ticket: StorageTicket = opened.whole
            if in_parts:
                asked = OpenPart(object_id=opened.object_id, number=self._parts + 1)
                ticket = await self.visit.ask(asked)
            await self.visit.gateway.objects.stream_up(ticket, self._body(), self._held)

        await _again_while_away(send)
        self._parts += 1
        self._held = 0
        self._waiting.clear()

    async def _body(self) -> AsyncIterator[bytes]:
        """Give what is held piece by piece, so that nothing copies all of it at once."""
        for piece in self._waiting:
            yield piece


async def _again_while_away(send: Callable[[], Awaitable[object]]) -> None:
    """Try again where a store is away for a moment."""
    for wait in range(_TRIES):
        try:
            await send()
        except Away:
            if wait == _TRIES - 1:
                raise
            await asyncio.sleep(0.5 * 2**wait)
        else:
            return


def _expires_soon(ticket: StorageTicket) -> bool:
    return ticket.expires_at - datetime.now(UTC) < _ABOUT_TO_EXPIRE
