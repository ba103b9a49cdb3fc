"""A fresh lab for every test: its own broker with users, its own databases; or only a queue."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.cause import new_id
from shared.database import Database
from shared.provision import broker
from shared.queue import Queue
from tests import servers
from tests.integration.shared.lab import MANIFESTS, PASSWORDS, Ear, Lab
from tests.integration.shared.queues import with_tables
from tests.servers import Postgres


@pytest.fixture
async def lab(server_directory: Path, postgres: Postgres) -> AsyncGenerator[Lab]:
    users = broker.users(MANIFESTS.values(), PASSWORDS)
    admin_url = postgres.admin_url.replace("+asyncpg", "")
    with servers.nats(server_directory, accounts=users) as nats:
        async with AsyncExitStack() as stack:
            lab = Lab(nats, admin_url, stack)
            await lab.prepare()
            yield lab


@pytest.fixture
async def ear(lab: Lab) -> Ear:
    return Ear(await lab.database("ear"))


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    """A database with a queue of turns; each test has a listener of its own in it."""
    return asyncio.run(with_tables(postgres))


@pytest.fixture
async def database(url: str) -> AsyncGenerator[Database]:
    database = await Database.connect(url, source="ear")
    yield database
    await database.close()


@pytest.fixture
def durable() -> str:
    return f"ear-{new_id()}"


@pytest.fixture
def queue(database: Database, durable: str) -> Queue:
    return Queue(database, durable)
