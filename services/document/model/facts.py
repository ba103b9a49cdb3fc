"""What becomes known of a document on its way: a text, a trouble, or why there is neither."""

from dataclasses import dataclass
from uuid import UUID


class Unreadable(Exception):
    """The file cannot be read, for a reason that its owner can act on."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a reading came to nothing."""

    code: str
    detail: str
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part of the file that could not be read."""

    code: str
    detail: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What was read, and in which reading; the words themselves are an object in storage."""

    reading: int
    object_id: UUID
    version: str
    characters: int
    pages: int
    troubles: tuple[Trouble, ...] = ()
