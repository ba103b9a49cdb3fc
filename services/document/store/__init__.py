"""Documents and collections in PostgreSQL; only the files of this folder know SQL."""

from services.document.store.collections import PostgresCollections
from services.document.store.transaction import PostgresDocuments
from shared.database import Store, Unit


class PostgresTransaction(PostgresDocuments, PostgresCollections):
    """What the port promises, in SQL."""


class PostgresStore(Store[PostgresTransaction]):
    """A `Store` in the service's own database."""

    def within(self, unit: Unit) -> PostgresTransaction:
        return PostgresTransaction(unit)
