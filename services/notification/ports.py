"""What notification needs from outside, in its own words."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.notification.model import (
    Audience,
    Batch,
    Channels,
    Notification,
    Slice,
    Tally,
    Thing,
)
from shared.cause import Cause
from shared.messages import Message


class Transaction(Protocol):
    """Changes and messages that happen together or not at all."""

    async def thing(self, thing_id: UUID) -> Thing:
        """Lock what is known of a thing until the end; nobody else changes it meanwhile."""
        ...

    async def move(self, thing: Thing) -> bool:
        """Remember how far a thing is, unless it is gone or was further; say whether it is news."""
        ...

    async def keep(self, thing: Thing) -> None:
        """Remember what is known of a thing."""
        ...

    async def audience(self, user_id: UUID, about: UUID | None = None) -> Audience:
        """Tell how somebody wants to be told of a thing, without locking it.

        Within one transaction the answer may be that of its first question, but for what it did.
        """
        ...

    async def prefer(self, user_id: UUID, families: Mapping[str, Channels]) -> None:
        """Remember what somebody wants to be told, in place of what they wanted before."""
        ...

    async def batch(self, owner_id: UUID) -> Batch | None:
        """Lock somebody's batch until the end; None if another has it, or told of it just now."""
        ...

    async def tell(self, owner_id: UUID, tally: Tally) -> None:
        """Remember what somebody was told of their batch."""
        ...

    async def release(self, owner_id: UUID, *, over: bool) -> None:
        """Do not count what ended any more; with `over`, forget what was told of the batch, too."""
        ...

    async def waiting(self, owner_id: UUID, most: int) -> list[Thing]:
        """Lock some of somebody's things that moved on since they were shown."""
        ...

    async def put(self, notification: Notification) -> bool:
        """Store it if it is the first of its person, type and thing, and say so.

        Otherwise its words replace the stored ones if they are of a later sequence.
        """
        ...

    async def get(self, notification_id: UUID, *, of: UUID) -> Notification:
        """Fetch one of somebody's; `NotificationNotFound` otherwise."""
        ...

    async def find(self, wanted: Slice, *, of: UUID) -> list[Notification]:
        """Fetch a part of somebody's, newest first."""
        ...

    async def read(self, notification: Notification) -> None:
        """Store that it was read."""
        ...

    async def read_all(self, at: datetime, *, of: UUID) -> None:
        """Store that all of somebody's were read, if they were not before."""
        ...

    async def unread(self, *, of: UUID) -> int:
        """Count what somebody has not read."""
        ...

    async def retitle(self, about: UUID, title: str) -> None:
        """Give all notifications about a thing its new title."""
        ...

    async def remove(self, about: UUID) -> None:
        """Leave no notification about a thing."""
        ...

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        """Say something if, and only if, this all happens."""
        ...


class Store(Protocol):
    """Where notifications live."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that commits at the end of its block."""
        ...

    async def owners_of_batches(self) -> list[UUID]:
        """Name everybody who has to be told of their batch, or of which something has ended."""
        ...


class Titles(Protocol):
    """How things are called. Titles are personal, so no event carries them: owners are asked."""

    async def of_document(self, document_id: UUID, *, owner: UUID, cause: Cause) -> str | None:
        """Ask how a document is called; None if there is no such document any more."""
        ...

    async def of_quiz(self, quiz_id: UUID, *, owner: UUID, cause: Cause) -> str | None:
        """Ask how a quiz is called; None if there is no such quiz any more."""
        ...
