"""What people ask about their notifications: lists, marks, and what they want to be told."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts import notification as told
from services.notification.model import Channels, Notification, Slice
from services.notification.ports import Store, Transaction
from services.notification.service.frames import DOCUMENT, QUIZ
from services.notification.service.notifications import now
from shared.cause import Cause
from shared.cursor import Listing
from shared.problems import NotFound

OURS: Final = (DOCUMENT, QUIZ)
"""The families that always exist; other services may tell of others."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The verbs of the person who was told."""

    store: Store
    now: Callable[[], datetime] = now

    async def list(self, asked: told.ListNotifications, cause: Cause) -> told.NotificationPage:
        """Answer with a page of the caller's notifications."""
        caller = _caller(cause)
        listing = Listing("notifications", caller, (asked.unread,))
        before = listing.place_of(asked.cursor)
        async with self.store.begin(cause) as tx:
            found = await tx.find(Slice(asked.limit + 1, asked.unread, before), of=caller)
            unread = await tx.unread(of=caller)
        page = found[: asked.limit]
        more = len(found) > len(page)
        return told.NotificationPage(
            items=[_told(one) for one in page],
            next_cursor=listing.after(page[-1].id) if more else None,
            unread=unread,
        )

    async def read(self, asked: told.ReadNotification, cause: Cause) -> told.Unread:
        """Mark one of the caller's as read."""
        caller = _caller(cause)
        async with self.store.begin(cause) as tx:
            notification = await tx.get(asked.notification_id, of=caller)
            await tx.read(notification.read(self.now()))
            return told.Unread(unread=await tx.unread(of=caller))

    async def read_all(self, asked: told.ReadAllNotifications, cause: Cause) -> told.Unread:  # noqa: ARG002  # it has no fields
        """Mark all of the caller's as read."""
        caller = _caller(cause)
        async with self.store.begin(cause) as tx:
            await tx.read_all(self.now(), of=caller)
            return told.Unread(unread=await tx.unread(of=caller))

    async def preferences(self, asked: told.ShowPreferences, cause: Cause) -> told.Preferences:  # noqa: ARG002  # it has no fields
        """Answer what the caller wants to be told."""
        async with self.store.begin(cause) as tx:
            return await _preferences(tx, _caller(cause))

    async def prefer(self, asked: told.ChangePreferences, cause: Cause) -> told.Preferences:
        """Change what the caller wants to be told; of families not named, all is told."""
        caller = _caller(cause)
        families = {
            name: Channels(in_app=wanted.in_app, live=wanted.live)
            for name, wanted in asked.families.items()
        }
        async with self.store.begin(cause) as tx:
            await tx.prefer(caller, families)
            return await _preferences(tx, caller)


async def _preferences(tx: Transaction, caller: UUID) -> told.Preferences:
    audience = await tx.audience(caller)
    names = dict.fromkeys((*OURS, *sorted(audience.families)))
    return told.Preferences(
        families={name: told.Channels(**asdict(audience.channels(name))) for name in names}
    )


def _told(one: Notification) -> told.Notification:
    return told.Notification(
        id=one.id,
        type=one.type,
        document_id=one.about if one.family == "document" else None,
        quiz_id=one.about if one.family == "quiz" else None,
        title=one.title,
        data=dict(one.data),
        created_at=one.created_at,
        read_at=one.read_at,
    )


def _caller(cause: Cause) -> UUID:
    if cause.actor is None:
        raise NotFound("Notifications belong to a person; nobody is signed in.")
    return cause.actor
