"""Which part of a list is wanted."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of a list, newest first."""

    limit: int
    before: UUID | None = None
