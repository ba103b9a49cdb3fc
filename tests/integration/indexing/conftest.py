"""What indexing's tests on real servers share."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests.integration.indexing.lab import Lab
from tests.integration.indexing.lab import lab as set_up
from tests.servers import S3, Postgres
from tests.unit.indexing.endpoint import Endpoint, endpoint


@pytest.fixture
async def lab(server_directory: Path, postgres: Postgres, s3: S3) -> AsyncGenerator[Lab]:
    """Servers and storage, indexing not yet running."""
    async with set_up(server_directory, postgres, s3) as lab:
        yield lab


@pytest.fixture
def script() -> Generator[Endpoint]:
    """An embedding service that does as it is told."""
    with endpoint() as script:
        yield script
