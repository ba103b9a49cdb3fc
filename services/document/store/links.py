"""Links as they are written down."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from services.document.model.keys import LIFE
from services.document.model.link import Link
from services.document.store.tables import links
from shared.database import Transaction


class PostgresLinks(Transaction):
    """Links that work, and for a while those that did."""

    async def add_link(self, link: Link) -> Link:
        """Keep it; the statement waits for whoever makes one under the same key just now."""
        if link.key is None:
            await self._session.execute(insert(links).values(asdict(link)))
            return link
        await self._session.execute(
            update(links)
            .where(links.c.owner_id == link.owner_id, links.c.key == link.key)
            .where(links.c.created_at <= link.created_at - LIFE)
            .values(key=None)
        )
        await self._session.execute(insert(links).values(asdict(link)).on_conflict_do_nothing())
        query = select(links).where(links.c.owner_id == link.owner_id, links.c.key == link.key)
        return Link(**(await self._session.execute(query)).mappings().one())

    async def link(self, link_id: UUID) -> Link | None:
        query = select(links).where(links.c.id == link_id)
        row = (await self._session.execute(query)).mappings().first()
        return Link(**row) if row is not None else None

    async def links(self, document_id: UUID, now: datetime) -> Sequence[Link]:
        query = (
            select(links)
            .where(links.c.document_id == document_id, links.c.expires_at > now)
            .order_by(links.c.id)
        )
        return [Link(**row) for row in (await self._session.execute(query)).mappings()]

    async def drop_link(self, link_id: UUID) -> None:
        await self._session.execute(delete(links).where(links.c.id == link_id))

    async def expire_links(self, before: datetime) -> None:
        await self._session.execute(delete(links).where(links.c.expires_at <= before))
