"""Making, listing, revoking and opening links; each verb is one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from contracts.link import (
    LinkMade,
    LinkOpened,
    Links,
    LinkSeen,
    ListLinks,
    MakeLink,
    OpenLink,
    RevokeLink,
)
from services.document.model.errors import DocumentNotFound, NotChecked, person
from services.document.model.keys import insist_same
from services.document.model.link import Link, LinkInvalid, LinkNotFound, TooManyLinks, read
from services.document.ports import Downloads, Store
from services.document.service.documents import find_own
from shared.cause import Cause
from shared.messages import Done

_MOST: Final = 100
_REMEMBERED: Final = timedelta(days=7)
"""How long an expired link is told from an invalid one."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What owners ask of their links, and what strangers ask with one."""

    store: Store
    downloads: Downloads
    now: Callable[[], datetime]

    async def make(self, asked: MakeLink, cause: Cause) -> LinkMade:
        """Make a link, or answer the one that the same key made before."""
        fresh = Link.made(
            person(cause.actor),
            asked.document_id,
            asked.expires_in,
            key=asked.idempotency_key,
            fingerprint=asked.fingerprint,
            now=self.now(),
        )
        async with self.store.begin(cause) as tx:
            document = await find_own(tx, asked.document_id, cause)
            if len(await tx.links(document.id, self.now())) >= _MOST:
                raise TooManyLinks(f"At most {_MOST} links to a document work at once", limit=_MOST)
            link = await tx.add_link(fresh)
            insist_same(link.fingerprint, asked.fingerprint)
        return LinkMade(link_id=link.id, token=link.token, expires_at=link.expires_at)

    async def list(self, asked: ListLinks, cause: Cause) -> Links:
        """List the links that work, without their secrets."""
        async with self.store.begin(cause) as tx:
            document = await find_own(tx, asked.document_id, cause)
            links = await tx.links(document.id, self.now())
        return Links(
            items=[
                LinkSeen(link_id=link.id, created_at=link.created_at, expires_at=link.expires_at)
                for link in links
            ]
        )

    async def revoke(self, asked: RevokeLink, cause: Cause) -> Done:
        """Forget a link; from the commit on it opens nothing."""
        async with self.store.begin(cause) as tx:
            document = await find_own(tx, asked.document_id, cause)
            link = await tx.link(asked.link_id)
            if link is None or link.document_id != document.id:
                raise LinkNotFound
            await tx.drop_link(link.id)
        return Done()

    async def open(self, asked: OpenLink, cause: Cause) -> LinkOpened:
        """Give a ticket to read the original, in the name of whoever shared it."""
        link_id, secret = read(asked.token)
        async with self.store.begin(cause) as tx:
            link = await tx.link(link_id)
            if link is None:
                raise LinkInvalid
            link = link.opened(secret, self.now())
            document = await tx.find(link.document_id)
        if document is None or document.deleted:
            raise DocumentNotFound("What this link led to was deleted.")
        if not document.stored:
            raise NotChecked("The file has not passed its checks; try again later.")
        theirs = replace(cause, actor=link.owner_id)
        ticket = await self.downloads.open(document.object_id, theirs, filename=document.filename)
        return LinkOpened(ticket=ticket, filename=document.filename)

    async def forget_expired(self) -> None:
        """Forget links that expired long ago."""
        async with self.store.begin(Cause()) as tx:
            await tx.expire_links(self.now() - _REMEMBERED)
