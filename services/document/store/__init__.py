"""Documents and collections in PostgreSQL; only the files of this folder know SQL."""

from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select

from services.document.model.allowance import Holdings
from services.document.model.document import Document
from services.document.store.collections import PostgresCollections
from services.document.store.links import PostgresLinks
from services.document.store.references import PostgresReferences
from services.document.store.rows import to_document, to_holdings
from services.document.store.tables import documents
from services.document.store.transaction import HOLDINGS, PostgresDocuments
from services.document.store.uploads import PostgresUploads
from shared.database import Store, Unit

_LOOK: Final = select(documents).where(documents.c.id == bindparam("wanted"))


class PostgresTransaction(
    PostgresDocuments, PostgresCollections, PostgresReferences, PostgresUploads, PostgresLinks
):
    """What the port promises, in SQL."""


class PostgresStore(Store[PostgresTransaction]):
    """A `Store` in the service's own database."""

    def within(self, unit: Unit) -> PostgresTransaction:
        return PostgresTransaction(unit)

    async def look(self, document_id: UUID) -> Document | None:
        """Look a document up, in one trip."""
        row = (await self.database.ask(_LOOK, {"wanted": document_id})).first()
        return None if row is None else to_document(row)

    async def holdings(self, owner_id: UUID) -> Holdings:
        """Tell what a person has just now, in one trip."""
        return to_holdings(await self.database.ask(HOLDINGS, {"owner": owner_id}))
