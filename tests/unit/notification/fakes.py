"""Fakes of notification's ports, held to the same behaviour as the real ones."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.notification.model import Notification, NotificationNotFound, Slice, Thing
from services.notification.ports import Transaction
from shared.boxes import AlreadyHandled
from shared.cause import Cause
from shared.messages import Message


@dataclass
class FakeStore:
    """A store in memory; a block that fails leaves nothing behind."""

    things: dict[UUID, Thing] = field(default_factory=dict)
    notifications: dict[UUID, Notification] = field(default_factory=dict)
    said: list[Message] = field(default_factory=list)
    handled: set[tuple[str, str]] = field(default_factory=set)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        draft = _FakeTransaction(copy(self.things), copy(self.notifications), [])
        key = (cause.delivery.durable, cause.delivery.message_id) if cause.delivery else None
        if key in self.handled:
            raise AlreadyHandled
        yield draft
        if key:
            self.handled.add(key)
        self.things, self.notifications = draft.things, draft.notifications
        self.said.extend(draft.said)


@dataclass
class _FakeTransaction:
    things: dict[UUID, Thing]
    notifications: dict[UUID, Notification]
    said: list[Message]

    async def thing(self, thing_id: UUID) -> Thing:
        return self.things.setdefault(thing_id, Thing(thing_id))

    async def keep(self, thing: Thing) -> None:
        self.things[thing.id] = thing

    async def put(self, notification: Notification) -> bool:
        new = notification
        for old in self.notifications.values():
            if (old.user_id, old.type, old.about) == (new.user_id, new.type, new.about):
                if old.sequence < new.sequence:
                    later = replace(old, title=new.title, data=new.data, sequence=new.sequence)
                    self.notifications[old.id] = later
                return False
        self.notifications[new.id] = new
        return True

    async def get(self, notification_id: UUID, *, of: UUID) -> Notification:
        found = self.notifications.get(notification_id)
        if found is None or found.user_id != of:
            raise NotificationNotFound
        return found

    async def find(self, wanted: Slice, *, of: UUID) -> list[Notification]:
        found = [
            one
            for one in sorted(self.notifications.values(), key=lambda one: one.id, reverse=True)
            if one.user_id == of
            and (wanted.before is None or one.id < wanted.before)
            and (wanted.unread is None or (one.read_at is None) == wanted.unread)
        ]
        return found[: wanted.limit]

    async def read(self, notification: Notification) -> None:
        self.notifications[notification.id] = notification

    async def read_all(self, at: datetime, *, of: UUID) -> None:
        for one in list(self.notifications.values()):
            if one.user_id == of:
                self.notifications[one.id] = one.read(at)

    async def unread(self, *, of: UUID) -> int:
        return sum(one.user_id == of and one.read_at is None for one in self.notifications.values())

    async def retitle(self, about: UUID, title: str) -> None:
        for one in list(self.notifications.values()):
            if one.about == about:
                self.notifications[one.id] = replace(one, title=title)

    async def remove(self, about: UUID) -> None:
        self.notifications = {
            id_: one for id_, one in self.notifications.items() if one.about != about
        }

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        self.said.append(message)


@dataclass
class FakeTitles:
    """Titles as they stand now; what is not in here is gone."""

    titles: dict[UUID, str] = field(default_factory=dict)
    owner: UUID | None = None

    async def of_document(self, document_id: UUID, *, owner: UUID, cause: Cause) -> str | None:
        return self.titles.get(document_id) if owner == (self.owner or owner) else None

    async def of_quiz(self, quiz_id: UUID, *, owner: UUID, cause: Cause) -> str | None:
        return self.titles.get(quiz_id) if owner == (self.owner or owner) else None
