"""Documents, their history and idempotency keys, as they are written down."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from services.document.model.allowance import Holdings
from services.document.model.document import Document
from services.document.model.keys import LIFE, UploadKey
from services.document.ports import Happening, Wanted
from services.document.store.rows import of_document, to_document, to_holdings
from services.document.store.tables import documents, history, upload_keys, uploads
from shared.database import Transaction
from shared.precedence import advance
from shared.queue import withdraw
from shared.rows import inserting, putting

HOLDINGS: Final = text("SELECT documents, size FROM holdings WHERE owner_id = :owner")
_COUNT_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 0))")
_PUT: Final = putting(documents)
_NOTE: Final = inserting(history)


class PostgresDocuments(Transaction):
    """Documents, their history and the keys that made them."""

    async def find(self, document_id: UUID) -> Document | None:
        query = select(documents).where(documents.c.id == document_id).with_for_update()
        row = (await self._session.execute(query)).mappings().first()
        return to_document(row) if row is not None else None

    async def find_by_object(self, object_id: UUID) -> Document | None:
        query = select(documents).where(documents.c.object_id == object_id).with_for_update()
        row = (await self._session.execute(query)).mappings().first()
        return to_document(row) if row is not None else None

    async def walk(self, after: UUID | None, most: int) -> Sequence[Document]:
        query = select(documents).order_by(documents.c.id).limit(most)
        if after is not None:
            query = query.where(documents.c.id > after)
        return [to_document(row) for row in (await self._session.execute(query)).mappings()]

    async def put(self, document: Document) -> None:
        self._session.later(_PUT, of_document(document))

    async def listed(self, wanted: Wanted) -> Sequence[Document]:
        query = (
            select(documents)
            .where(documents.c.owner_id == wanted.owner_id, ~documents.c.deleted)
            .order_by(documents.c.id.desc())
            .limit(wanted.limit)
        )
        if wanted.before is not None:
            query = query.where(documents.c.id < wanted.before)
        if wanted.status is not None:
            query = query.where(documents.c.status == wanted.status.value)
        if wanted.tag is not None:
            query = query.where(documents.c.tags.contains([wanted.tag]))
        if wanted.collection_id is not None:
            query = query.where(documents.c.collection_id == wanted.collection_id)
        if wanted.words is not None:
            query = query.where(
                or_(
                    documents.c.title.icontains(wanted.words, autoescape=True),
                    documents.c.filename.icontains(wanted.words, autoescape=True),
                )
            )
        rows = (await self._session.execute(query)).mappings()
        return [to_document(row) for row in rows]

    async def holdings(self, owner_id: UUID) -> Holdings:
        await self._session.execute(_COUNT_ALONE, {"owner": str(owner_id)})
        return to_holdings(await self._session.execute(HOLDINGS, {"owner": owner_id}))

    async def key(self, user_id: UUID, key: str, now: datetime) -> UploadKey:
        """Hold a key; the same statement that makes a new one waits for whoever holds it."""
        await self._session.execute(
            delete(upload_keys).where(
                upload_keys.c.user_id == user_id, upload_keys.c.created_at <= now - LIFE
            )
        )
        await self._session.execute(
            insert(upload_keys)
            .values(user_id=user_id, key=key, created_at=now)
            .on_conflict_do_nothing()
        )
        query = (
            select(upload_keys)
            .where(upload_keys.c.user_id == user_id, upload_keys.c.key == key)
            .with_for_update()
        )
        return UploadKey(**(await self._session.execute(query)).mappings().one())

    async def put_key(self, key: UploadKey) -> None:
        row = asdict(key)
        await self._session.execute(
            insert(upload_keys)
            .values(row)
            .on_conflict_do_update(index_elements=["user_id", "key"], set_=row)
        )

    async def note(self, document_id: UUID, happening: Happening) -> None:
        row = {**asdict(happening), "document_id": document_id}
        self._session.later(_NOTE, row)

    async def history(self, document_id: UUID, *, most: int) -> Sequence[Happening]:
        query = (
            select(history.c.id, history.c.type, history.c.time, history.c.data)
            .where(history.c.document_id == document_id)
            .order_by(history.c.place.desc())
            .limit(most)
        )
        rows = (await self._session.execute(query)).mappings().all()
        return [Happening(**row) for row in reversed(rows)]

    async def withdraw(self, document_id: UUID) -> None:
        await withdraw(self._session, str(document_id))

    async def advance(self, document_id: UUID) -> None:
        await advance(self._session, str(document_id))

    async def forget(self, document_id: UUID) -> None:
        await self._session.execute(delete(history).where(history.c.document_id == document_id))
        await self._session.execute(
            update(upload_keys)
            .where(upload_keys.c.document_id == document_id)
            .values(fingerprint=None)
        )
        await self._session.execute(
            update(uploads)
            .where(uploads.c.document_id == document_id)
            .values(fingerprint=None, size=0)
        )
