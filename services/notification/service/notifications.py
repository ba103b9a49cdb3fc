"""Tells people what became of their things, now and for later; each verb is one transaction.

Titles are fetched once, when a notification is stored, and again when its document is edited: a
list then needs nobody else, and goes with its document when that is deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from contracts.document import (
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    DocumentEvent,
    DocumentFailed,
    DocumentReady,
)
from contracts.notification import NotificationCreated, Notify
from contracts.quiz import QuizDeleted, QuizEvent, QuizGenerated, QuizGenerationFailed
from services.notification.model import Channels, Notification
from services.notification.ports import Store, Titles, Transaction
from services.notification.service.frames import DOCUMENT, of_event, of_notification
from shared.cause import Cause, new_id


def now() -> datetime:
    """Tell the time, as the model is told it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Notifications:
    """The verbs that store what was told."""

    store: Store
    titles: Titles
    now: Callable[[], datetime] = now

    async def document_ended(
        self, heard: DocumentReady | DocumentFailed | DocumentCancelled, cause: Cause
    ) -> None:
        """Tell the owner, now and for later, what became of a document."""
        await self._ended(heard, heard.subject.name, cause)

    async def quiz_ended(self, heard: QuizGenerated | QuizGenerationFailed, cause: Cause) -> None:
        """Tell the owner, now and for later, what became of a quiz."""
        await self._ended(heard, "ready" if isinstance(heard, QuizGenerated) else "failed", cause)

    async def retitle(self, heard: DocumentEdited, cause: Cause) -> None:
        """Call a document by its present title in what was told of it."""
        async with self.store.begin(cause) as tx:
            thing = await tx.thing(heard.document_id)
            if thing.gone:
                return
            title = await self._title_for(heard, cause)
            if title is None:
                return
            await tx.retitle(thing.id, title)
            if (await tx.audience(heard.owner_id)).channels(DOCUMENT).live:
                await tx.say(of_event(heard))

    async def forget_document(self, heard: DocumentDeleted, cause: Cause) -> None:
        """Leave nothing of a document, and hear nothing of it any more."""
        await self._forget(heard, cause)

    async def forget_quiz(self, heard: QuizDeleted, cause: Cause) -> None:
        """Leave nothing of a quiz, and hear nothing of it any more."""
        await self._forget(heard, cause)

    async def notify(self, asked: Notify, cause: Cause) -> None:
        """Tell somebody something for another service, once per type and thing."""
        async with self.store.begin(cause) as tx:
            if (await tx.thing(asked.about)).gone:
                return
            notification = Notification(
                id=new_id(),
                user_id=asked.user_id,
                type=asked.type,
                about=asked.about,
                title=asked.title,
                data=asked.data,
                created_at=self.now(),
                sequence=cause.sequence,
            )
            wanted = (await tx.audience(asked.user_id)).channels(notification.family)
            if wanted.in_app:
                await _tell(tx, notification, wanted)

    async def _ended(self, heard: DocumentEvent | QuizEvent, how: str, cause: Cause) -> None:
        family = heard.subject.owner
        async with self.store.begin(cause) as tx:
            thing = await tx.thing(_thing_of(heard))
            if thing.gone:
                return
            wanted = (await tx.audience(heard.owner_id)).channels(family)
            if wanted.live:
                await tx.say(of_event(heard))
            if not wanted.in_app:
                return
            title = await self._title_for(heard, cause)
            if title is not None:
                notification = self._notification(heard, f"{family}.{how}", title, cause)
                await _tell(tx, notification, wanted)

    async def _forget(self, heard: DocumentDeleted | QuizDeleted, cause: Cause) -> None:
        async with self.store.begin(cause) as tx:
            thing = await tx.thing(_thing_of(heard))
            await tx.keep(thing.forgotten())
            await tx.remove(thing.id)
            if (await tx.audience(heard.owner_id)).channels(heard.subject.owner).live:
                await tx.say(of_event(heard))

    async def _title_for(self, heard: DocumentEvent | QuizEvent, cause: Cause) -> str | None:
        asks = self.titles.of_quiz if isinstance(heard, QuizEvent) else self.titles.of_document
        return await asks(_thing_of(heard), owner=heard.owner_id, cause=cause)

    def _notification(
        self, heard: DocumentEvent | QuizEvent, type_: str, title: str, cause: Cause
    ) -> Notification:
        return Notification(
            id=new_id(),
            user_id=heard.owner_id,
            type=type_,
            about=_thing_of(heard),
            title=title,
            data=heard.model_dump(
                mode="json", exclude={"owner_id", "document_id", "quiz_id", "version"}
            ),
            created_at=self.now(),
            sequence=cause.sequence,
        )


def _thing_of(heard: DocumentEvent | QuizEvent) -> UUID:
    return heard.quiz_id if isinstance(heard, QuizEvent) else heard.document_id


async def _tell(tx: Transaction, notification: Notification, wanted: Channels) -> None:
    """Store it if it is new, say that to everybody, and show it to who wants to be shown."""
    if not await tx.put(notification):
        return
    user, type_ = notification.user_id, notification.type
    created = NotificationCreated(notification_id=notification.id, user_id=user, type=type_)
    await tx.say(created, sequence=1)
    if wanted.live:
        await tx.say(of_notification(notification, await tx.unread(of=user)))
