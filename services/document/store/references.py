"""Which objects documents refer to, and which documents there are, as others ask for it."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select, union_all

from services.document.store.tables import documents
from shared.database import Transaction

_MADE: Final = documents.c.text_objects.op("||")(documents.c.checkpoints)
_ALL: Final = func.array_prepend(documents.c.object_id, _MADE)


class PostgresReferences(Transaction):
    """Ids only."""

    async def living(self, document_ids: Sequence[UUID]) -> set[UUID]:
        query = select(documents.c.id).where(documents.c.id.in_(document_ids), ~documents.c.deleted)
        return set((await self._session.execute(query)).scalars())

    async def referred_to(self, object_ids: Sequence[UUID]) -> set[UUID]:
        original = select(documents.c.object_id.label("id")).where(
            documents.c.object_id.in_(object_ids), ~documents.c.deleted
        )
        made = select(func.unnest(_MADE).label("id")).where(
            or_(
                documents.c.text_objects.overlap(object_ids),
                documents.c.checkpoints.overlap(object_ids),
            ),
            ~documents.c.deleted,
        )
        found = (await self._session.execute(union_all(original, made))).scalars()
        return set(found) & set(object_ids)

    async def references(self, after: UUID | None, *, limit: int) -> Mapping[UUID, set[UUID]]:
        query = (
            select(documents.c.id, _ALL.label("objects"))
            .where(~documents.c.deleted)
            .order_by(documents.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(documents.c.id > after)
        rows = (await self._session.execute(query)).mappings()
        return {row["id"]: set(row["objects"]) for row in rows}
