"""Documents and collections in PostgreSQL; only the files of this folder know SQL."""

from services.document.store.collections import PostgresCollections
from services.document.store.links import PostgresLinks
from services.document.store.references import PostgresReferences
from services.document.store.transaction import PostgresDocuments
from services.document.store.uploads import PostgresUploads
from shared.database import Store, Unit


class PostgresTransaction(
    PostgresDocuments, PostgresCollections, PostgresReferences, PostgresUploads, PostgresLinks
):
    """What the port promises, in SQL."""


class PostgresStore(Store[PostgresTransaction]):
    """A `Store` in the service's own database."""

    def within(self, unit: Unit) -> PostgresTransaction:
        return PostgresTransaction(unit)
