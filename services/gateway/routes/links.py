"""Links: a document's file for whoever was given the address, for a while."""

from datetime import datetime
from typing import Final
from urllib.parse import urljoin
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from contracts.link import ListLinks, MakeLink, OpenLink, RevokeLink
from services.gateway.dependencies import Anybody, SignedIn
from services.gateway.openapi import ALWAYS, PUBLIC, problems, shown
from services.gateway.routes.files import FILE, answer_file
from services.gateway.routes.words import IdempotencyKey, Inbound

_PATH: Final = "/api/v1/links/"
_YEAR: Final = 365 * 24 * 3600
_TOKEN: Final = 200
"""Longer ones cannot be ours, and are refused without being passed on."""
_MADE: Final = {
    "id": "019aa1b2-0000-7000-8000-000000000021",
    "url": "https://study.example.org/api/v1/links/AZqhsgAAcACAAAAAAAAAIXLxhZ0Hk4kNc0bQ4tqTgUyp8yGC",
    "expires_at": "2026-11-21T10:00:00Z",
}
_KEPT: Final = {
    "id": _MADE["id"],
    "created_at": "2026-11-21T09:00:00Z",
    "expires_at": _MADE["expires_at"],
}

router = APIRouter(tags=["documents"])


class NewLink(Inbound):
    """How long it works."""

    expires_in: int = Field(ge=1, le=_YEAR, description="Seconds.", examples=[3600])


class MadeLink(BaseModel):
    """A link; its address is told only now."""

    id: UUID
    url: str
    expires_at: datetime


class KeptLink(BaseModel):
    """A link that works."""

    id: UUID
    created_at: datetime
    expires_at: datetime


class KeptLinks(BaseModel):
    """All links of a document that work."""

    items: list[KeptLink]
    next_cursor: None = None


@router.post(
    "/api/v1/documents/{document_id}/links",
    status_code=201,
    responses={201: shown(_MADE), **ALWAYS, **problems(404, 409)},
)
async def make(
    document_id: UUID, body: NewLink, request: Request, visit: SignedIn, key: IdempotencyKey = None
) -> MadeLink:
    """Make an address that gives the original file to whoever has it, until it expires."""
    made = await visit.ask(
        MakeLink(
            document_id=document_id,
            expires_in=body.expires_in,
            idempotency_key=key,
            fingerprint=f"{document_id} {body.fingerprint()}" if key else None,
        )
    )
    here = visit.gateway.public_url or str(request.base_url)
    url = urljoin(here, _PATH + made.token)
    return MadeLink(id=made.link_id, url=url, expires_at=made.expires_at)


@router.get(
    "/api/v1/documents/{document_id}/links",
    responses={200: shown({"items": [_KEPT], "next_cursor": None}), **ALWAYS, **problems(404)},
)
async def list_links(document_id: UUID, visit: SignedIn) -> KeptLinks:
    """Which links to a document work; their addresses were told when they were made."""
    links = await visit.ask(ListLinks(document_id=document_id))
    return KeptLinks(
        items=[
            KeptLink(id=link.link_id, created_at=link.created_at, expires_at=link.expires_at)
            for link in links.items
        ]
    )


@router.delete(
    "/api/v1/documents/{document_id}/links/{link_id}",
    status_code=204,
    response_class=Response,
    responses={**ALWAYS, **problems(404)},
)
async def revoke(document_id: UUID, link_id: UUID, visit: SignedIn) -> None:
    """Revoke a link; from then on it opens nothing."""
    await visit.ask(RevokeLink(document_id=document_id, link_id=link_id))


@router.get(
    _PATH + "{token}",
    response_class=Response,
    responses={**FILE, **PUBLIC, **problems(403, 404, 409, 416, 502)},
)
async def follow(token: str, request: Request, visit: Anybody) -> Response:
    """The file behind a link, as an attachment; nobody has to sign in."""
    opened = await visit.ask(OpenLink(token=token[:_TOKEN]))
    answer = await answer_file(visit, request, opened.ticket, opened.filename)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


router.add_api_route(_PATH + "{token}", follow, methods=["HEAD"], include_in_schema=False)
