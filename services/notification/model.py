"""What a person was told, and what it was about; values and rules only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from shared.problems import NotFound


class NotificationNotFound(
    NotFound, code="notification-not-found", title="There is no such notification"
):
    """It does not exist, or is somebody else's."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What notifications are about: how far its progress was shown, and whether it is gone."""

    id: UUID
    sequence: int = 0
    gone: bool = False

    def moved(self, sequence: int) -> Self | None:
        """Move on to a later word of its progress; None if that word is old or the thing gone."""
        if self.gone or (sequence and sequence <= self.sequence):
            return None
        return replace(self, sequence=max(sequence, self.sequence))

    def forgotten(self) -> Self:
        """Be gone. What is heard of it from now on comes too late."""
        return replace(self, gone=True)


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing somebody was told; there is one for each person, type and thing."""

    id: UUID
    user_id: UUID
    type: str
    about: UUID
    title: str
    created_at: datetime
    data: Mapping[str, object] = field(default_factory=dict)
    sequence: int = 0
    read_at: datetime | None = None

    @property
    def family(self) -> str:
        """What kind of thing it is about, as `document`."""
        return self.type.partition(".")[0]

    def read(self, at: datetime) -> Self:
        """Be read; the first time counts."""
        return self if self.read_at else replace(self, read_at=at)


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of somebody's notifications is wanted, newest first."""

    limit: int
    unread: bool | None = None
    before: UUID | None = None
