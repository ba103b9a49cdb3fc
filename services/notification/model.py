"""What a person was told, and what it was about; values and rules only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from shared.problems import NotFound

ENDS: Final = frozenset({"ready", "failed", "cancelled", "quarantined"})
"""Where a document stays; these are told at once, whatever else goes on."""
FEW: Final = 10
"""Documents in work at once of which every step is shown; of more, a summary and some."""


class NotificationNotFound(
    NotFound, code="notification-not-found", title="There is no such notification"
):
    """It does not exist, or is somebody else's."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What people are told about: how far it is, what of that was shown, and whether it is gone."""

    id: UUID
    sequence: int = 0
    gone: bool = False
    owner_id: UUID | None = None
    status: str = ""
    progress: int = 0
    counted: bool = False
    """Whether it counts in the summary of what its owner has in work."""
    waiting: bool = False
    """Whether it moved on since it was last shown."""

    @property
    def ended(self) -> bool:
        """Whether it is where it stays."""
        return self.status in ENDS

    def forgotten(self) -> Self:
        """Be gone; what is heard of it from now on comes too late."""
        return replace(self, gone=True, counted=False, waiting=False)


@dataclass(frozen=True, slots=True)
class Channels:
    """How somebody wants to be told of one family of things."""

    in_app: bool = True
    """Kept for later, and told of as new."""
    live: bool = True
    """Shown in open tabs as it happens."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Somebody who is told of a thing: how they want it, and how much of theirs is in work."""

    families: Mapping[str, Channels] = field(default_factory=dict)
    in_work: int = 0
    gone: bool = False
    """Whether the thing is gone, as far as can be told without locking it."""
    summed_up: bool = False
    """Whether they were told of all that is in work together, and not yet that it is over."""

    def channels(self, family: str) -> Channels:
        """Say how they want to be told of a family; in every way if they never chose."""
        return self.families.get(family, Channels())

    def watches(self, family: str) -> bool:
        """Whether they are shown what happens to the thing while it happens."""
        return self.channels(family).live and not self.gone

    @property
    def busy(self) -> bool:
        """Whether so much is in work that they are told of it all together."""
        return self.in_work > FEW

    def counts(self, *, ended: bool) -> bool:
        """Whether a document of theirs is counted: of a few only what is in work."""
        return not ended or self.busy or self.summed_up


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the documents that somebody brought together are in which state."""

    ready: int = 0
    failed: int = 0
    cancelled: int = 0
    processing: int = 0
    progress: int = 0
    """The mean of all; what ended counts as done."""

    @property
    def total(self) -> int:
        """How many they are."""
        return self.ready + self.failed + self.cancelled + self.processing


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents that somebody brought together, and what was last told of them all."""

    tally: Tally
    told: Tally | None = None

    @property
    def summed_up(self) -> bool:
        """Whether its owner is told of them all together, until the last of them has ended."""
        return self.told is not None or self.tally.processing > FEW

    @property
    def over(self) -> bool:
        """Whether all have ended."""
        return self.tally.processing == 0


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
