"""Frames for open tabs. They carry ids only: the stream that keeps them cannot forget."""

from typing import Final
from uuid import UUID

from contracts.document import DocumentEvent
from contracts.notification import Frame
from contracts.quiz import QuizEvent
from services.notification.model import Notification, Tally, Thing

DOCUMENT: Final = "document"
QUIZ: Final = "quiz"


def of_event(event: DocumentEvent | QuizEvent) -> Frame:
    """Show what happened, under the event's name without its version."""
    name = f"{event.subject.owner}.{event.subject.name}"
    data = event.model_dump(mode="json", exclude={"owner_id"})
    return Frame(user_id=event.owner_id, name=name, data=data)


def of_status(family: str, thing: Thing, user_id: UUID) -> Frame:
    """Show how far something is."""
    data = {f"{family}_id": str(thing.id), "status": thing.status, "progress": thing.progress}
    return Frame(user_id=user_id, name=f"{family}.status", data=data)


def of_tally(tally: Tally, user_id: UUID) -> Frame:
    """Show how far many documents are, all together."""
    data = {
        "total": tally.total,
        "ready": tally.ready,
        "failed": tally.failed,
        "cancelled": tally.cancelled,
        "processing": tally.processing,
        "progress": tally.progress,
    }
    return Frame(user_id=user_id, name="documents.progress", data=data)


def of_notification(notification: Notification, unread: int) -> Frame:
    """Show that there is something new to read."""
    data = {
        "notification_id": str(notification.id),
        "type": notification.type,
        f"{notification.family}_id": str(notification.about),
        "unread": unread,
    }
    return Frame(user_id=notification.user_id, name="notification.created", data=data)
