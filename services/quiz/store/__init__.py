"""Quizzes in PostgreSQL; only the files of this folder know SQL."""

from collections.abc import Sequence
from uuid import UUID

from services.quiz.store import statements
from services.quiz.store.transaction import PostgresTransaction
from shared.database import Store, Unit


class PostgresStore(Store[PostgresTransaction]):
    """The store in the service's own database."""

    def within(self, unit: Unit) -> PostgresTransaction:
        return PostgresTransaction(unit)

    async def living(self, quiz_ids: Sequence[UUID]) -> set[UUID]:
        """Tell which of these quizzes are there."""
        async with self.database.reading() as session:
            found = await session.execute(statements.LIVING, {"ids": list(quiz_ids)})
            return set(found.scalars())

    async def cited(self) -> set[UUID]:
        """Name every document that a question tells of."""
        async with self.database.reading() as session:
            return set((await session.execute(statements.CITED)).scalars())
