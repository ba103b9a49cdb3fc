"""Which objects documents refer to, and which documents there are, as others ask for it."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from shared.database import Transaction

_IDS: Final = bindparam("ids", type_=ARRAY(Uuid))
_LIVING: Final = text("SELECT id FROM documents WHERE id = ANY(:ids) AND NOT deleted").bindparams(
    _IDS
)
# Unnested, since whether two arrays overlap is found out by comparing each with each.
_REFERRED_TO: Final = text(
    "SELECT object_id FROM documents WHERE object_id = ANY(:ids) AND NOT deleted"
    " UNION SELECT held FROM ("
    "  SELECT unnest(text_objects || checkpoints) AS held FROM documents WHERE NOT deleted"
    " ) AS made WHERE held = ANY(:ids)"
).bindparams(_IDS)
_REFERENCES: Final = text(
    "SELECT id, array_prepend(object_id, text_objects || checkpoints) AS objects FROM documents"
    " WHERE NOT deleted AND (CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid))"
    " ORDER BY id LIMIT :limit"
)


class PostgresReferences(Transaction):
    """Ids only."""

    async def living(self, document_ids: Sequence[UUID]) -> set[UUID]:
        found = await self._session.execute(_LIVING, {"ids": list(document_ids)})
        return set(found.scalars())

    async def referred_to(self, object_ids: Sequence[UUID]) -> set[UUID]:
        found = await self._session.execute(_REFERRED_TO, {"ids": list(object_ids)})
        return set(found.scalars())

    async def references(self, after: UUID | None, *, limit: int) -> Mapping[UUID, set[UUID]]:
        asked = {"after": after, "limit": limit}
        found = await self._session.execute(_REFERENCES, asked)
        return {row.id: set(row.objects) for row in found}
