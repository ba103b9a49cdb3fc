"""Who asks, and what made them ask: carried by every message, taken by every verb."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Make a UUIDv7: unique, and later ones sort later."""
    return uuid7()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message in the hands of one listener; the key under which its effects count once."""

    durable: str
    message_id: str
    generation: int = 0
    sequence: int = 0
    """The version of the aggregate that the message speaks of (`ce-sequence`), 0 where unsaid."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Permission to work on one row of a queue of turns; whoever takes the row over has another."""

    turn: int
    token: UUID


@dataclass(frozen=True, slots=True)
class Cause:
    """The person behind it (none for the mesh itself), their session, and their thread."""

    actor: UUID | None = None
    session: UUID | None = None
    role: str = "learner"
    correlation: UUID = field(default_factory=new_id)
    causation: str | None = None
    delivery: Delivery | None = None
    lease: Lease | None = None
    """What this work is done under; none of its transactions commits once that is lost."""
    begun: bool = False
    """Whether this goes on with work that was accepted before; such work is never turned away."""
    until: datetime | None = None
    """When whoever asks waits no longer, if somebody does; nothing is committed after that."""

    def midway(self) -> Self:
        """The same cause for a checkpoint: its commit does not yet say that the message is done."""
        return replace(self, delivery=None)

    def unhurried(self) -> Self:
        """The same cause for what only reads: it may be tried again when nobody waits any more."""
        return replace(self, until=None)

    @property
    def late(self) -> bool:
        """Whether nobody waits for it any more: the same may have been asked and answered again."""
        return self.until is not None and datetime.now(UTC) > self.until

    @property
    def sequence(self) -> int:
        """The aggregate's version that the message heard speaks of, 0 where there is none."""
        return self.delivery.sequence if self.delivery else 0

    @property
    def generation(self) -> int:
        """The rebuild for which the message was said again, 0 where it is news."""
        return self.delivery.generation if self.delivery else 0

    @property
    def rebuilding(self) -> bool:
        """Whether it tells a read model that is rebuilt what everybody else knows."""
        return self.generation > 0
