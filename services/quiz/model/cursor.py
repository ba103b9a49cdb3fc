"""Places in a list, named so that nobody reads anything into them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class BadCursor(
    Problem,
    code="bad-cursor",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The cursor is not one of ours",
):
    """A cursor is used as it was given, or not at all."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list is wanted, newest first."""

    limit: int
    before: UUID | None = None


def cursor_after(last: UUID) -> str:
    """Name the place behind something."""
    return urlsafe_b64encode(last.bytes).decode().rstrip("=")


def place_of(cursor: str | None) -> UUID | None:
    """Find what a cursor stands behind; None is the top."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (NotBase64, ValueError) as unreadable:
        raise BadCursor("Pass `next_cursor` of the page before, unchanged.") from unreadable
