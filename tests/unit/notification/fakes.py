"""Fakes of notification's ports, held to the same behaviour as the real ones."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.notification.model import (
    FEW,
    Audience,
    Batch,
    Channels,
    Notification,
    NotificationNotFound,
    Slice,
    Tally,
    Thing,
)
from services.notification.ports import Transaction
from shared.boxes import AlreadyHandled
from shared.cause import Cause
from shared.messages import Message


@dataclass
class FakeStore:
    """A store in memory; a block that fails leaves nothing behind."""

    things: dict[UUID, Thing] = field(default_factory=dict)
    notifications: dict[UUID, Notification] = field(default_factory=dict)
    families: dict[UUID, Mapping[str, Channels]] = field(default_factory=dict)
    summaries: dict[UUID, Tally] = field(default_factory=dict)
    said: list[Message] = field(default_factory=list)
    handled: set[tuple[str, str]] = field(default_factory=set)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        draft = _FakeTransaction(
            copy(self.things),
            copy(self.notifications),
            copy(self.families),
            copy(self.summaries),
        )
        key = (cause.delivery.durable, cause.delivery.message_id) if cause.delivery else None
        if key in self.handled:
            raise AlreadyHandled
        yield draft
        if key:
            self.handled.add(key)
        self.things, self.notifications = draft.things, draft.notifications
        self.families, self.summaries = draft.families, draft.summaries
        self.said.extend(draft.said)

    async def owners_of_batches(self) -> list[UUID]:
        batches: dict[UUID, list[Thing]] = {}
        for one in self.things.values():
            if one.counted and one.owner_id:
                batches.setdefault(one.owner_id, []).append(one)
        return [
            owner
            for owner, batch in batches.items()
            if owner in self.summaries
            or len(batch) > FEW
            or any(one.ended or one.waiting for one in batch)
        ]


@dataclass
class _FakeTransaction:
    things: dict[UUID, Thing]
    notifications: dict[UUID, Notification]
    families: dict[UUID, Mapping[str, Channels]]
    summaries: dict[UUID, Tally]
    said: list[Message] = field(default_factory=list)

    async def thing(self, thing_id: UUID) -> Thing:
        return self.things.setdefault(thing_id, Thing(thing_id))

    async def move(self, thing: Thing) -> bool:
        known = self.things.get(thing.id, Thing(thing.id))
        if known.gone or (thing.sequence and thing.sequence <= known.sequence):
            return False
        self.things[thing.id] = replace(thing, sequence=max(thing.sequence, known.sequence))
        return True

    async def keep(self, thing: Thing) -> None:
        self.things[thing.id] = thing

    async def audience(self, user_id: UUID, about: UUID | None = None) -> Audience:
        in_work = [one for one in self._counted(user_id) if not one.ended]
        known = self.things.get(about) if about else None
        gone = known is not None and known.gone
        families = self.families.get(user_id, {})
        return Audience(families, min(len(in_work), FEW + 1), gone, user_id in self.summaries)

    async def prefer(self, user_id: UUID, families: Mapping[str, Channels]) -> None:
        self.families[user_id] = families

    async def batch(self, owner_id: UUID) -> Batch | None:
        counted = self._counted(owner_id)
        ends = Counter(one.status for one in counted if one.ended)
        progress = [100 if one.ended else one.progress for one in counted]
        tally = Tally(
            ready=ends["ready"],
            failed=ends["failed"] + ends["quarantined"],
            cancelled=ends["cancelled"],
            processing=len(counted) - ends.total(),
            progress=sum(progress) // len(progress) if progress else 0,
        )
        return Batch(tally, self.summaries.get(owner_id))

    async def tell(self, owner_id: UUID, tally: Tally) -> None:
        self.summaries[owner_id] = tally

    async def release(self, owner_id: UUID, *, over: bool) -> None:
        for one in self._counted(owner_id):
            if one.ended:
                self.things[one.id] = replace(one, counted=False)
        if over:
            self.summaries.pop(owner_id, None)

    async def waiting(self, owner_id: UUID, most: int) -> list[Thing]:
        counted = sorted(self._counted(owner_id), key=lambda one: one.id)
        return [one for one in counted if one.waiting and not one.ended][:most]

    def _counted(self, owner_id: UUID) -> list[Thing]:
        return [one for one in self.things.values() if one.counted and one.owner_id == owner_id]

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
