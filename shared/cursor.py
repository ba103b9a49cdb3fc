"""Places in lists, newest first: each is good for its own list, its filters and its reader only."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from typing import Final, TypeVar
from uuid import UUID

from pydantic import BaseModel

from shared.problems import Problem

_ID: Final = 16
_MARK: Final = 8

ROOM: Final = 512 * 1024
"""Bytes of what stands on a page: an answer is one message, and the broker takes 1 MiB."""

ITEM = TypeVar("ITEM", bound=BaseModel)


class BadCursor(
    Problem,
    code="bad-cursor",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The cursor does not belong to this list",
):
    """A cursor is passed on as it was received, with the filters of the page before."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list as one person asked for it; another name, reader or filter makes it another list."""

    name: str
    reader: UUID | None
    filters: tuple[object, ...] = ()

    def after(self, last: UUID) -> str:
        """Name the place behind something."""
        return urlsafe_b64encode(last.bytes + self._mark()).decode()

    def place_of(self, cursor: str | None) -> UUID | None:
        """Find what a cursor stands behind; None is the top."""
        if cursor is None:
            return None
        try:
            last = UUID(bytes=urlsafe_b64decode(cursor)[:_ID])
        except (NotBase64, ValueError):
            last = None
        if last is None or self.after(last) != cursor:
            raise BadCursor(
                "Pass `next_cursor` of the page before, unchanged and with the same filters,"
                " or none to begin again."
            )
        return last

    def _mark(self) -> bytes:
        """Tell this list from others. No secret: forging one finds only one's own things."""
        told = repr((self.name, str(self.reader), tuple(str(one) for one in self.filters)))
        return blake2b(told.encode(), digest_size=_MARK).digest()


def fitting(items: Sequence[ITEM], room: int = ROOM) -> list[ITEM]:
    """Take from the top what fits into one answer, at least one; the cursor leads to the rest."""
    taken: list[ITEM] = []
    for item in items:
        room -= len(item.model_dump_json().encode())
        if taken and room < 0:
            break
        taken.append(item)
    return taken
