"""What indexing's tests on real servers share: servers and storage once a module."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.integration.indexing.lab import Lab, Running
from tests.integration.indexing.lab import lab as set_up
from tests.servers import S3, Postgres
from tests.unit.indexing.endpoint import Endpoint, endpoint


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(server_directory: Path, postgres: Postgres, s3: S3) -> AsyncGenerator[Lab]:
    """Servers and storage, indexing not yet running."""
    async with set_up(server_directory, postgres, s3) as lab:
        yield lab


@pytest.fixture
def script() -> Generator[Endpoint]:
    """An embedding service that does as it is told."""
    with endpoint() as script:
        yield script


@pytest_asyncio.fixture(loop_scope="module")
async def indexing(lab: Lab, script: Endpoint) -> AsyncGenerator[Running]:
    """Indexing with that embedding service; a test starts it when it likes."""
    running = lab.indexing(embedder="openai", openai_url=script.url, openai_model="scripted")
    yield running
    await running.end()
