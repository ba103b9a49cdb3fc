"""Search's own database, fresh for each test or, where filling it takes long, for the session."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from services.search.store.vectors import PgVectorIndex
from shared.database import Database
from shared.migrations import upgrade
from tests.integration.search.neighbours import Neighbourhood, Neighbours, neighbourhood
from tests.servers import S3, Postgres


@pytest.fixture
async def database_url(postgres: Postgres) -> str:
    url = await postgres.fresh_database(vector=True)
    await upgrade(url, "search")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    database = await Database.connect(database_url, source="search")
    yield database
    await database.close()


@pytest.fixture
async def vectors(database_url: str) -> AsyncGenerator[PgVectorIndex]:
    vectors = await PgVectorIndex.connect(database_url)
    yield vectors
    await vectors.close()


@pytest.fixture
async def search(
    server_directory: Path, postgres: Postgres, s3: S3, tmp_path: Path
) -> AsyncGenerator[Neighbourhood]:
    """The service as a process, and those whom it hears and asks."""
    async with neighbourhood(server_directory, postgres, s3, tmp_path) as search:
        yield search


@pytest.fixture
def others(search: Neighbourhood) -> Neighbours:
    return search.neighbours
