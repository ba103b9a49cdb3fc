"""Notifications: what happened, kept until it was read and after."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter

from contracts.notification import (
    ListNotifications,
    NotificationPage,
    ReadAllNotifications,
    ReadNotification,
    Unread,
)
from services.gateway.house import SignedIn
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.words import Cursor, Limit

_EXAMPLE: Final = {
    "items": [
        {
            "id": "019aa1b2-0000-7000-8000-000000000006",
            "type": "document.ready",
            "document_id": "019aa1b2-0000-7000-8000-000000000002",
            "quiz_id": None,
            "title": "Optics",
            "data": {"passages": 120},
            "created_at": "2026-11-21T09:00:00Z",
            "read_at": None,
        }
    ],
    "next_cursor": None,
    "unread": 1,
}

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])


@router.get("", responses={200: shown(_EXAMPLE), **ALWAYS})
async def list_notifications(
    visit: SignedIn, unread: bool | None = None, limit: Limit = 20, cursor: Cursor = None
) -> NotificationPage:
    """My notifications, newest first, and how many are unread."""
    return await visit.ask(ListNotifications(unread=unread, limit=limit, cursor=cursor))


@router.post("/read-all", responses={200: shown({"unread": 0}), **ALWAYS})
async def read_all(visit: SignedIn) -> Unread:
    """Mark all of mine as read."""
    return await visit.ask(ReadAllNotifications())


@router.post(
    "/{notification_id}/read",
    responses={200: shown({"unread": 0}), **ALWAYS, **problems(404)},
)
async def read(notification_id: UUID, visit: SignedIn) -> Unread:
    """Mark one as read."""
    return await visit.ask(ReadNotification(notification_id=notification_id))
