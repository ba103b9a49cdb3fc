"""Notifications: what happened, kept until it was read and after."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from contracts.notification import (
    ChangePreferences,
    Channels,
    Family,
    ListNotifications,
    NotificationPage,
    Preferences,
    ReadAllNotifications,
    ReadNotification,
    ShowPreferences,
    Unread,
)
from services.gateway.dependencies import SignedIn
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

_WISHES: Final = {
    "families": {
        "document": {"in_app": True, "live": True},
        "quiz": {"in_app": True, "live": False},
    }
}


class ChannelsWanted(BaseModel):
    """How one family is to be told; unknown channels are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    in_app: bool = Field(default=True, strict=True)
    live: bool = Field(default=True, strict=True)


class Wishes(BaseModel):
    """What is to be told, by family; a family that is not named is told in full."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    families: dict[Family, ChannelsWanted] = Field(max_length=50, examples=[_WISHES["families"]])


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


@router.get("/preferences", responses={200: shown(_WISHES), **ALWAYS})
async def preferences(visit: SignedIn) -> Preferences:
    """What I want to be told.

    `in_app`: it is kept for me to read, and told of as new. `live`: it is shown in my open tabs as
    it happens. Families are the part of a type before the dot, as `document` in `document.ready`.
    """
    return await visit.ask(ShowPreferences())


@router.put("/preferences", responses={200: shown(_WISHES), **ALWAYS})
async def prefer(wishes: Wishes, visit: SignedIn) -> Preferences:
    """Change what I want to be told; a family that is not named is told in full."""
    families = {
        name: Channels(in_app=wanted.in_app, live=wanted.live)
        for name, wanted in wishes.families.items()
    }
    return await visit.ask(ChangePreferences(families=families))


@router.post(
    "/{notification_id}/read",
    responses={200: shown({"unread": 0}), **ALWAYS, **problems(404)},
)
async def read(notification_id: UUID, visit: SignedIn) -> Unread:
    """Mark one as read."""
    return await visit.ask(ReadNotification(notification_id=notification_id))
