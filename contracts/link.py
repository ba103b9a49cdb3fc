"""Words the document service owns about links that work without signing in, first edition."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from contracts.storage import DownloadTicket
from shared.messages import Answer, Body, Done, Request


class LinkMade(Answer):
    """A link; whoever has the token may read the file until it expires."""

    link_id: UUID
    token: str
    expires_at: datetime


class LinkSeen(Body):
    """A link as the document's owner sees it later: the token is told only once."""

    link_id: UUID
    created_at: datetime
    expires_at: datetime


class Links(Answer):
    """The links to a document that work."""

    items: list[LinkSeen]


class LinkOpened(Answer):
    """Where the file behind a link can be read now, and what it is called."""

    ticket: DownloadTicket
    filename: str


class MakeLink(Request[LinkMade], subject="req.document.make-link.v1", key="document_id"):
    """Let whoever is given the link read the original of this document for a while."""

    document_id: UUID
    expires_in: int = Field(ge=1, description="Seconds.")
    idempotency_key: str | None = None
    fingerprint: str | None = Field(default=None, description="Hash over all the fields.")


class ListLinks(Request[Links], subject="req.document.list-links.v1", key="document_id"):
    """Which links to this document work?"""

    document_id: UUID


class RevokeLink(Request[Done], subject="req.document.revoke-link.v1", key="document_id"):
    """Revoke a link: from now on it opens nothing."""

    document_id: UUID
    link_id: UUID


class OpenLink(Request[LinkOpened], subject="req.document.open-link.v1"):
    """A ticket for whoever has the token; nobody has to be signed in."""

    token: str = Field(max_length=500)
