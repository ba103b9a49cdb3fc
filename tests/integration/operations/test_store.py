"""PostgreSQL keeps the promises of a store of dead letters."""

from collections.abc import AsyncGenerator

import pytest

from services.operations.store import PostgresStore
from shared import migrations
from shared.database import Database
from tests.servers import Postgres
from tests.unit.operations.behaviour import StoreBehaviour


@pytest.fixture
async def url(postgres: Postgres) -> str:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "operations")
    return url


@pytest.fixture
async def store(url: str) -> AsyncGenerator[PostgresStore]:
    database = await Database.connect(url, source="operations")
    yield PostgresStore(database)
    await database.close()


class TestPostgresStore(StoreBehaviour):
    pass


async def test_the_tables_can_be_taken_back(url: str) -> None:
    await migrations.downgrade(url, "operations", "base")
    await migrations.upgrade(url, "operations")
