"""What notification does; each verb is one transaction.

Titles are fetched once, when a notification is stored, and again when its document is edited: a
list then needs nobody else, and goes with its document when that is deleted. Frames carry ids only,
since the stream that keeps them for a week cannot forget.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from contracts import notification as told
from contracts.document import (
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    DocumentEvent,
    DocumentFailed,
    DocumentReady,
    DocumentTaskStatusUpdated,
)
from contracts.quiz import (
    QuizDeleted,
    QuizEvent,
    QuizGenerated,
    QuizGenerationFailed,
    QuizTaskStatusUpdated,
)
from services.notification.model import Notification, Slice, Thing
from services.notification.ports import Store, Titles, Transaction
from shared.cause import Cause, new_id
from shared.cursor import Listing
from shared.problems import NotFound


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Notifications:
    """The verbs."""

    store: Store
    titles: Titles
    now: Callable[[], datetime] = _now

    async def show_document(self, heard: DocumentEvent, cause: Cause) -> None:
        """Show the owner's open tabs what happened to a document, unless it is gone."""
        async with self.store.begin(cause) as tx:
            if not (await tx.thing(heard.document_id)).gone:
                await tx.say(_frame(heard))

    async def show_quiz(self, heard: QuizEvent, cause: Cause) -> None:
        """Show the owner's open tabs how the making of a quiz goes."""
        async with self.store.begin(cause) as tx:
            if not (await tx.thing(heard.quiz_id)).gone:
                await tx.say(_frame(heard))

    async def follow_document(self, heard: DocumentTaskStatusUpdated, cause: Cause) -> None:
        """Show how far a document is; never an older state after a newer one."""
        async with self.store.begin(cause) as tx:
            moved = (await tx.thing(heard.task_id)).moved(cause.sequence)
            if moved is None:
                return
            await tx.keep(moved)
            state = {
                "document_id": str(heard.task_id),
                "status": heard.stage,
                "progress": heard.progress,
            }
            await tx.say(told.Frame(user_id=heard.owner_id, name="document.status", data=state))

    async def follow_quiz(self, heard: QuizTaskStatusUpdated, cause: Cause) -> None:
        """Show how far a quiz is; never an older state after a newer one."""
        async with self.store.begin(cause) as tx:
            moved = (await tx.thing(heard.task_id)).moved(cause.sequence)
            if moved is None:
                return
            await tx.keep(moved)
            state = {
                "quiz_id": str(heard.task_id),
                "status": heard.stage,
                "progress": heard.progress,
            }
            await tx.say(told.Frame(user_id=heard.owner_id, name="quiz.status", data=state))

    async def document_ended(
        self, heard: DocumentReady | DocumentFailed | DocumentCancelled, cause: Cause
    ) -> None:
        """Tell the owner, now and for later, what became of a document."""
        async with self.store.begin(cause) as tx:
            thing = await tx.thing(heard.document_id)
            if thing.gone:
                return
            await tx.say(_frame(heard))
            title = await self.titles.of_document(thing.id, owner=heard.owner_id, cause=cause)
            if title is not None:
                await self._tell(tx, self._about(heard, thing, _name(heard), title, cause))

    async def quiz_ended(self, heard: QuizGenerated | QuizGenerationFailed, cause: Cause) -> None:
        """Tell the owner, now and for later, what became of a quiz."""
        type_ = "quiz.ready" if isinstance(heard, QuizGenerated) else "quiz.failed"
        async with self.store.begin(cause) as tx:
            thing = await tx.thing(heard.quiz_id)
            if thing.gone:
                return
            await tx.say(_frame(heard))
            title = await self.titles.of_quiz(thing.id, owner=heard.owner_id, cause=cause)
            if title is not None:
                await self._tell(tx, self._about(heard, thing, type_, title, cause))

    async def retitle(self, heard: DocumentEdited, cause: Cause) -> None:
        """Call a document by its present title in what was told of it."""
        async with self.store.begin(cause) as tx:
            thing = await tx.thing(heard.document_id)
            if thing.gone:
                return
            title = await self.titles.of_document(thing.id, owner=heard.owner_id, cause=cause)
            if title is not None:
                await tx.retitle(thing.id, title)
                await tx.say(_frame(heard))

    async def forget_document(self, heard: DocumentDeleted, cause: Cause) -> None:
        """Leave nothing of a document, and hear nothing of it any more."""
        async with self.store.begin(cause) as tx:
            await _forget(tx, heard.document_id)
            await tx.say(_frame(heard))

    async def forget_quiz(self, heard: QuizDeleted, cause: Cause) -> None:
        """Leave nothing of a quiz, and hear nothing of it any more."""
        async with self.store.begin(cause) as tx:
            await _forget(tx, heard.quiz_id)
            await tx.say(_frame(heard))

    async def notify(self, asked: told.Notify, cause: Cause) -> None:
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
            await self._tell(tx, notification)

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

    def _about(
        self, heard: DocumentEvent | QuizEvent, thing: Thing, type_: str, title: str, cause: Cause
    ) -> Notification:
        return Notification(
            id=new_id(),
            user_id=heard.owner_id,
            type=type_,
            about=thing.id,
            title=title,
            data=heard.model_dump(
                mode="json", exclude={"owner_id", "document_id", "quiz_id", "version"}
            ),
            created_at=self.now(),
            sequence=cause.sequence,
        )

    async def _tell(self, tx: Transaction, notification: Notification) -> None:
        if not await tx.put(notification):
            return
        user, type_ = notification.user_id, notification.type
        await tx.say(
            told.NotificationCreated(notification_id=notification.id, user_id=user, type=type_),
            sequence=1,
        )
        news: Mapping[str, object] = {
            "notification_id": str(notification.id),
            "type": type_,
            f"{notification.family}_id": str(notification.about),
            "unread": await tx.unread(of=user),
        }
        await tx.say(told.Frame(user_id=user, name="notification.created", data=dict(news)))


async def _forget(tx: Transaction, thing_id: UUID) -> None:
    await tx.keep((await tx.thing(thing_id)).forgotten())
    await tx.remove(thing_id)


def _name(event: DocumentEvent | QuizEvent) -> str:
    return f"{event.subject.owner}.{event.subject.name}"


def _frame(event: DocumentEvent | QuizEvent) -> told.Frame:
    data = event.model_dump(mode="json", exclude={"owner_id"})
    return told.Frame(user_id=event.owner_id, name=_name(event), data=data)


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
