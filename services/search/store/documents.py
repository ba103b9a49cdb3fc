"""Which reading of each document is indexed, in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.search.model.document import IndexedDocument
from services.search.store.editions import EditionRows
from shared.database import Store, Unit

_COLUMNS: Final = (
    "document_id AS id, owner_id, version, text_version, passages_object_id, gone, sequence"
)
_KNOW: Final = text(
    "INSERT INTO documents (document_id, owner_id, version, text_version, gone, sequence)"
    " VALUES (:id, :owner_id, 0, '', false, 0) ON CONFLICT DO NOTHING"
)
_TAKE: Final = text(f"SELECT {_COLUMNS} FROM documents WHERE document_id = :id FOR UPDATE")  # noqa: S608
_PUT: Final = text(
    "UPDATE documents SET version = :version, text_version = :text_version, gone = :gone,"
    " passages_object_id = :passages_object_id, sequence = :sequence,"
    " updated_at = now() WHERE document_id = :id"
)
_OUTDATED: Final = text(
    "SELECT 1 FROM documents WHERE document_id = :id AND (gone OR version > :version)"
)
_KNOWN: Final = text(
    "SELECT document_id, NOT gone AND passages_object_id IS NOT NULL AS is_found FROM documents"
)


class PostgresStore(Store["_PostgresTransaction"]):
    """The documents table of search's own database."""

    def within(self, unit: Unit) -> "_PostgresTransaction":
        return _PostgresTransaction(unit)

    async def outdated(self, document_id: UUID, version: int) -> bool:
        """Say whether a reading is of no interest any more."""
        found = await self.database.ask(_OUTDATED, {"id": document_id, "version": version})
        return found.first() is not None

    async def known(self) -> Mapping[UUID, bool]:
        """Name every document that was ever heard of, and whether it should be found."""
        async with self.database.reading() as session:
            found = await session.execute(_KNOWN)
            return {row.document_id: row.is_found for row in found}


class _PostgresTransaction(EditionRows):
    async def take(self, document_id: UUID, owner_id: UUID) -> IndexedDocument:
        key = {"id": document_id, "owner_id": owner_id}
        await self._session.execute(_KNOW, key)
        found = await self._session.execute(_TAKE, key)
        return IndexedDocument(**found.mappings().one())

    async def put(self, document: IndexedDocument) -> None:
        await self._session.execute(_PUT, asdict(document))
