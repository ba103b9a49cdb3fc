"""What was said in the mesh and is still kept, for operators: found, and followed."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from contracts.operations import SaidPage, SearchSaid
from services.gateway.dependencies import Administrator
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.words import Cursor, Limit, Text

_PATIENCE: Final = 30.0
"""Longer than operations waits for news."""
_MESSAGE: Final = {
    "id": "019aa1b2-0000-7000-8000-00000000000a",
    "type": "evt.document.deleted.v1",
    "time": "2026-11-21T09:00:00Z",
    "key": "019aa1b2-0000-7000-8000-000000000002",
    "correlation_id": "019aa1b2-0000-7000-8000-00000000000b",
    "causation_id": None,
    "actor_id": "019aa1b2-0000-7000-8000-000000000001",
    "stream": "EVT_DOCUMENT",
    "sequence": 17,
    "headers": {"ce-id": "019aa1b2-0000-7000-8000-00000000000a"},
    "data": {"document_id": "019aa1b2-0000-7000-8000-000000000002"},
}

Name = Annotated[Text | None, Query(min_length=1, max_length=200)]
Type = Annotated[
    Text | None,
    Query(min_length=1, max_length=200, description="As `evt.document.*`; a star is anything."),
]
Follow = Annotated[
    bool, Query(description="Wait up to 20 s for news; there is always a `next_cursor` then.")
]

router = APIRouter(prefix="/api/v1/admin/events", tags=["operators"])


@router.get(
    "",
    responses={
        200: shown({"items": [_MESSAGE], "next_cursor": None}),
        **ALWAYS,
        **problems(403),
    },
)
async def search(  # noqa: PLR0913  # each is a filter
    visit: Administrator,
    type: Type = None,  # noqa: A002  # the name in the address
    id: Name = None,  # noqa: A002  # the name in the address
    key: Name = None,
    correlation_id: UUID | None = None,
    actor_id: UUID | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    follow: Follow = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> SaidPage:
    """Events and commands that are kept, oldest first.

    A page may be short, even empty, although there is more to look through: `next_cursor` tells.
    """
    asked = SearchSaid(
        type=type,
        id=id,
        about=key,
        correlation_id=correlation_id,
        actor_id=actor_id,
        since=since,
        until=until,
        follow=follow,
        limit=limit,
        cursor=cursor,
    )
    return await visit.ask(asked, within=_PATIENCE)
