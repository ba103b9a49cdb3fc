"""Quizzes in PostgreSQL; only the files of this folder know SQL."""

from services.quiz.store.transaction import PostgresTransaction
from shared.database import Store, Unit


class PostgresStore(Store[PostgresTransaction]):
    """The store in the service's own database."""

    def within(self, unit: Unit) -> PostgresTransaction:
        return PostgresTransaction(unit)
