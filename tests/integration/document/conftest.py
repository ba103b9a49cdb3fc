"""Document's own database, migrated."""

from collections.abc import AsyncGenerator

import pytest

from services.document.store import PostgresStore
from shared import migrations
from shared.database import Database
from tests.servers import Postgres


@pytest.fixture
async def database(postgres: Postgres) -> AsyncGenerator[Database]:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "document")
    database = await Database.connect(url, source="document")
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)
