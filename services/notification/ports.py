"""What notification needs from outside, in its own words."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.notification.model import Notification, Slice, Thing
from shared.cause import Cause
from shared.messages import Message


class Transaction(Protocol):
    """Changes and messages that happen together or not at all."""

    async def thing(self, thing_id: UUID) -> Thing:
        """Hold what is known of a thing until the end; nobody else changes it meanwhile."""
        ...

    async def keep(self, thing: Thing) -> None:
        """Remember what is known of a thing."""
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


class Titles(Protocol):
    """How things are called. Titles are personal, so no event carries them: owners are asked."""

    async def of_document(self, document_id: UUID, *, owner: UUID, cause: Cause) -> str | None:
        """Ask how a document is called; None if there is no such document any more."""
        ...

    async def of_quiz(self, quiz_id: UUID, *, owner: UUID, cause: Cause) -> str | None:
        """Ask how a quiz is called; None if there is no such quiz any more."""
        ...
