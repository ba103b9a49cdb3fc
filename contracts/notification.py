"""Words the notification service owns, first edition."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts.again import DescribeRebuild, StartRebuild
from shared.messages import Answer, Body, Command, Event, Push, Request


class NotificationCreated(Event, subject="evt.notification.created.v1", key="notification_id"):
    """Somebody has something new to read; its text is told on request."""

    notification_id: UUID
    user_id: UUID
    type: str


class Notify(Command, subject="cmd.notification.notify.v1", key="user_id"):
    """Tell somebody something, once per type and thing it is about."""

    user_id: UUID
    type: str = Field(description="As `document.ready`; the part before the dot is its family.")
    about: UUID = Field(description="The thing it is about; with the type, what makes it one.")
    title: str
    data: dict[str, Any] = {}


class Frame(Push, key="user_id"):
    """What a person's open tabs are shown, as it happens; the gateway adds the offset."""

    user_id: UUID
    name: str = Field(description="As `document.processed`: an event's name without its version.")
    data: dict[str, Any]


class Notification(Body):
    """One stored notification."""

    id: UUID
    type: str
    document_id: UUID | None = None
    quiz_id: UUID | None = None
    title: str
    data: dict[str, Any]
    created_at: datetime
    read_at: datetime | None = None


class NotificationPage(Answer):
    """One page of the caller's notifications, newest first, and how many are unread."""

    items: list[Notification]
    next_cursor: str | None = None
    unread: int


class Unread(Answer):
    """How many notifications the caller has not read."""

    unread: int


class ListNotifications(Request[NotificationPage], subject="req.notification.list.v1"):
    """The caller's notifications."""

    unread: bool | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class ReadNotification(Request[Unread], subject="req.notification.read.v1", key="notification_id"):
    """Mark one as read."""

    notification_id: UUID


class ReadAllNotifications(Request[Unread], subject="req.notification.read-all.v1"):
    """Mark all as read."""


Family = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9-]{0,39}$")]
"""The part of a notification's type before the dot, as `document`."""


class Channels(Body):
    """How somebody wants to be told of one family."""

    in_app: bool = Field(default=True, description="Kept to be read, and told of as new.")
    live: bool = Field(default=True, description="Shown in open tabs as it happens.")


class Preferences(Answer):
    """What the caller wants to be told, family by family."""

    families: dict[str, Channels]


class ShowPreferences(Request[Preferences], subject="req.notification.preferences.v1"):
    """What the caller wants to be told."""


class ChangePreferences(Request[Preferences], subject="req.notification.change-preferences.v1"):
    """Change what the caller wants to be told; of families not named, all is told."""

    families: dict[Family, Channels] = Field(max_length=50)


class RebuildNotification(StartRebuild, subject="req.notification.rebuild.v1"):
    """Hear again which documents were deleted, and what the others are called.

    What somebody was told, and has read, is notification's own, and stays as it is.
    """


class DescribeNotificationRebuild(DescribeRebuild, subject="req.notification.describe-rebuild.v1"):
    """How far is the rebuild?"""
