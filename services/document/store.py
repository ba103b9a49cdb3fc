"""PostgreSQL: where documents, their history and idempotency keys are written down."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Uuid,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from services.document.facts import Failure, Text, Trouble
from services.document.model.document import Document
from services.document.ports import Happening, Wanted
from services.document.uploads.allowance import Holdings
from services.document.uploads.keys import LIFE, UploadKey
from shared.database import Store, Transaction, Unit

_TABLES: Final = MetaData()
_TIME: Final = DateTime(timezone=True)

documents: Final = Table(
    "documents",
    _TABLES,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("object_id", Uuid),
    Column("filename", String),
    Column("title", String),
    Column("media_type", String),
    Column("size", BigInteger),
    Column("sha256", String),
    Column("tags", ARRAY(TextType)),
    Column("collection_id", Uuid),
    Column("created_at", _TIME),
    Column("updated_at", _TIME),
    Column("version", Integer),
    Column("sequence", Integer),
    Column("stored", Boolean),
    Column("cancelled", Boolean),
    Column("deleted", Boolean),
    Column("failure", JSONB(none_as_null=True)),
    Column("text", JSONB(none_as_null=True)),
    Column("text_objects", ARRAY(Uuid)),
    Column("indexing", Integer),
    Column("passages", Integer),
    Column("status", String),
)
"""`status` repeats what follows from the facts, for lists to be filtered by."""

history: Final = Table(
    "history",
    _TABLES,
    Column("document_id", Uuid, primary_key=True),
    Column("place", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid),
    Column("type", String),
    Column("time", _TIME),
    Column("data", JSONB),
)

upload_keys: Final = Table(
    "upload_keys",
    _TABLES,
    Column("user_id", Uuid, primary_key=True),
    Column("key", String, primary_key=True),
    Column("created_at", _TIME),
    Column("holder", Uuid),
    Column("held_until", _TIME),
    Column("document_id", Uuid),
    Column("fingerprint", String),
)


class PostgresStore(Store["_PostgresTransaction"]):
    """A `Store` in the service's own database."""

    def within(self, unit: Unit) -> "_PostgresTransaction":
        return _PostgresTransaction(unit)


class _PostgresTransaction(Transaction):
    async def find(self, document_id: UUID) -> Document | None:
        query = select(documents).where(documents.c.id == document_id).with_for_update()
        row = (await self._session.execute(query)).mappings().first()
        return _document(row) if row is not None else None

    async def find_by_object(self, object_id: UUID) -> Document | None:
        query = select(documents).where(documents.c.object_id == object_id).with_for_update()
        row = (await self._session.execute(query)).mappings().first()
        return _document(row) if row is not None else None

    async def put(self, document: Document) -> None:
        row = _row(document)
        await self._session.execute(
            insert(documents).values(row).on_conflict_do_update(index_elements=["id"], set_=row)
        )

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
        return [_document(row) for row in rows]

    async def holdings(self, owner_id: UUID) -> Holdings:
        lock = func.pg_advisory_xact_lock(func.hashtextextended(str(owner_id), 0))
        await self._session.execute(select(lock))
        query = select(func.count(), func.coalesce(func.sum(documents.c.size), 0)).where(
            documents.c.owner_id == owner_id, ~documents.c.deleted
        )
        count, size = (await self._session.execute(query)).one()
        return Holdings(documents=int(count), size=int(size))

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
        await self._session.execute(insert(history).values(row))

    async def history(self, document_id: UUID) -> Sequence[Happening]:
        query = (
            select(history.c.id, history.c.type, history.c.time, history.c.data)
            .where(history.c.document_id == document_id)
            .order_by(history.c.place)
        )
        rows = (await self._session.execute(query)).mappings()
        return [Happening(**row) for row in rows]

    async def forget(self, document_id: UUID) -> None:
        await self._session.execute(delete(history).where(history.c.document_id == document_id))
        await self._session.execute(
            update(upload_keys)
            .where(upload_keys.c.document_id == document_id)
            .values(fingerprint=None)
        )


def _row(document: Document) -> dict[str, Any]:
    row = asdict(document)
    if document.text is not None:
        row["text"] = {**asdict(document.text), "object_id": str(document.text.object_id)}
    return {
        **row,
        "tags": list(document.tags),
        "text_objects": list(document.text_objects),
        "status": document.status.value,
    }


def _document(row: RowMapping) -> Document:
    fields = {name: value for name, value in row.items() if name != "status"}
    text, failure = fields["text"], fields["failure"]
    return Document(
        **{
            **fields,
            "tags": tuple(row["tags"]),
            "text_objects": tuple(row["text_objects"]),
            "failure": Failure(**failure) if failure else None,
            "text": _text(text) if text else None,
        }
    )


def _text(text: dict[str, Any]) -> Text:
    troubles = tuple(Trouble(**trouble) for trouble in text["troubles"])
    return Text(**{**text, "object_id": UUID(text["object_id"]), "troubles": troubles})
