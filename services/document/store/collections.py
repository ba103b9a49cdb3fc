"""Collections, and the idempotency keys that made them, as they are written down."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.document.model.collection import Collection, CollectionKey
from services.document.model.keys import LIFE
from services.document.store.tables import collection_keys, collections, documents, uploads
from shared.database import Transaction

_COUNTED: Final = (
    select(func.count())
    .where(documents.c.collection_id == collections.c.id, ~documents.c.deleted)
    .scalar_subquery()
    .label("documents")
)
_ALL: Final = select(collections, _COUNTED)


class PostgresCollections(Transaction):
    """Collections; what is in them stands with each document."""

    async def collection(self, collection_id: UUID, *, alone: bool = False) -> Collection | None:
        query = _ALL.where(collections.c.id == collection_id).with_for_update(
            read=not alone, of=collections
        )
        return next(iter(await self._collections(query)), None)

    async def collections(
        self, owner_id: UUID, *, limit: int, before: UUID | None
    ) -> Sequence[Collection]:
        query = (
            _ALL.where(collections.c.owner_id == owner_id)
            .order_by(collections.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(collections.c.id < before)
        return await self._collections(query)

    async def count_collections(self, owner_id: UUID) -> int:
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"collections {owner_id}", 0))
        await self._session.execute(select(lock))
        query = select(func.count()).where(collections.c.owner_id == owner_id)
        return int((await self._session.execute(query)).scalar_one())

    async def put_collection(self, collection: Collection) -> None:
        row = asdict(collection)
        del row["documents"]
        await self._session.execute(
            insert(collections).values(row).on_conflict_do_update(index_elements=["id"], set_=row)
        )

    async def remove_collection(self, collection_id: UUID) -> Sequence[UUID]:
        emptied = (
            update(documents)
            .where(documents.c.collection_id == collection_id)
            .values(collection_id=None)
            .returning(documents.c.id)
        )
        left = sorted((await self._session.execute(emptied)).scalars())
        coming = update(uploads).where(uploads.c.collection_id == collection_id)
        await self._session.execute(coming.values(collection_id=None))
        await self._session.execute(delete(collections).where(collections.c.id == collection_id))
        return left

    async def collection_key(self, key: CollectionKey) -> CollectionKey:
        """Keep a key; the same statement that makes a new one waits for whoever holds it."""
        await self._session.execute(
            delete(collection_keys).where(
                collection_keys.c.user_id == key.user_id,
                collection_keys.c.created_at <= key.created_at - LIFE,
            )
        )
        await self._session.execute(
            insert(collection_keys).values(asdict(key)).on_conflict_do_nothing()
        )
        query = select(collection_keys).where(
            collection_keys.c.user_id == key.user_id, collection_keys.c.key == key.key
        )
        return CollectionKey(**(await self._session.execute(query)).mappings().one())

    async def _collections(self, query: Select[Any]) -> Sequence[Collection]:
        return [Collection(**row) for row in (await self._session.execute(query)).mappings()]
