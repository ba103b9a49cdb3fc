"""Claim checks: large things travel as an object's id, and their bytes through storage."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID, uuid5

from contracts.storage import (
    LIGHT,
    KeepObject,
    ObjectKind,
    OpenDownload,
    OpenPart,
    OpenUpload,
    SealObject,
    UploadOpened,
)
from shared.cause import Cause
from shared.messages import Answer
from shared.problems import Refused
from shared.requests import Asking
from shared.tickets import Oversized, Tickets

LIMIT = 256 * 1024 * 1024
PATIENCE = 30.0
_LIGHT: Final = UUID("7f0c3a52-5d0f-5b6e-9c1f-3a1d8b7a4e90")
"""The space of the ids of light objects."""

A = TypeVar("A", bound=Answer)
Placed = Callable[[UUID], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was put away, and under which id it is found again."""

    object_id: UUID
    size: int
    sha256: str


class Claims:
    """Puts derived objects of the actor's into storage, and fetches what the actor may read."""

    def __init__(self, bus: Asking, tickets: Tickets | None = None) -> None:
        self._bus = bus
        self._tickets = tickets or Tickets()

    async def close(self) -> None:
        """Let go of the connections to the object store."""
        await self._tickets.close()

    async def keep(
        self, content: bytes, media_type: str, cause: Cause, *, placed: Placed | None = None
    ) -> Kept:
        """Put content away and answer its id; a redelivered message finds the same object.

        `placed` is told the id before a byte is sent, to note what must be deleted one day even
        if we are killed before we hear that it is kept.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        if len(content) <= LIGHT and cause.delivery is not None:
            try:
                return await self._keep_light(content, media_type, cause, sha256, placed)
            except Refused as refused:
                # It was kept for this message before, and deleted since.
                if refused.status != HTTPStatus.NOT_FOUND:
                    raise
        opened = await self._bus.ask(
            OpenUpload(
                object_kind=ObjectKind.DERIVED,
                media_type=media_type,
                repeat_key=_repeat_key(cause, sha256),
            ),
            cause,
        )
        if placed is not None:
            await placed(opened.object_id)
        await self._upload(opened, content, cause)
        sealed = await self._bus.ask(
            SealObject(object_id=opened.object_id, size=len(content), sha256=sha256),
            cause,
            within=PATIENCE,
        )
        return Kept(sealed.object_id, sealed.size, sealed.sha256)

    async def fetch(self, object_id: UUID, cause: Cause, *, limit: int = LIMIT) -> bytes:
        """Read an object whole; `Oversized` beyond the limit."""
        ticket = await self._bus.ask(OpenDownload(object_id=object_id, light=True), cause)
        if ticket.content is not None:
            if len(ticket.content) > limit:
                raise Oversized(f"more than {limit} bytes")
            return ticket.content
        return await self._tickets.whole(ticket, limit=limit)

    async def fetch_to(self, object_id: UUID, path: Path, cause: Cause) -> None:
        """Read an object into a file, never whole in memory."""
        ticket = await self._bus.ask(OpenDownload(object_id=object_id, light=True), cause)
        if ticket.content is not None:
            await asyncio.to_thread(path.write_bytes, ticket.content)
            return
        await self._tickets.to_file(ticket, path)

    async def _keep_light(
        self, content: bytes, media_type: str, cause: Cause, sha256: str, placed: Placed | None
    ) -> Kept:
        """Have it kept in one request, under an id that handling the message again makes again."""
        object_id = uuid5(_LIGHT, f"{cause.actor}/{_repeat_key(cause, sha256)}")
        if placed is not None:
            await placed(object_id)
        asked = KeepObject(
            object_id=object_id,
            object_kind=ObjectKind.DERIVED,
            media_type=media_type,
            content=content,
        )
        kept = await self._bus.ask(asked, cause, within=PATIENCE)
        return Kept(kept.object_id, kept.size, kept.sha256)

    async def _upload(self, opened: UploadOpened, content: bytes, cause: Cause) -> None:
        if len(content) <= opened.part_size:
            await self._tickets.send(opened.whole, content)
            return
        for number, start in enumerate(range(0, len(content), opened.part_size), start=1):
            part = await self._bus.ask(OpenPart(object_id=opened.object_id, number=number), cause)
            await self._tickets.send(part, content[start : start + opened.part_size])


def _repeat_key(cause: Cause, sha256: str) -> str | None:
    """Name what a message's handling keeps, so that handling it again finds the same object."""
    if cause.delivery is None:
        return None
    return f"{cause.delivery.durable}/{cause.delivery.message_id}/{sha256}"
