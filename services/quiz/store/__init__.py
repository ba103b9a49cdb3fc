"""Quizzes in PostgreSQL; only the files of this folder know SQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.quiz.ports import Transaction
from services.quiz.store.transaction import PostgresTransaction
from shared.cause import Cause
from shared.database import Database


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """The store in the service's own database."""

    database: Database

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        """Open a transaction that commits when its block ends."""
        async with self.database.begin(cause) as unit:
            yield PostgresTransaction(unit)
