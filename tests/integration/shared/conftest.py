"""A fresh lab for every test: its own broker with users, its own databases."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.provision import broker
from tests import servers
from tests.integration.shared.lab import MANIFESTS, PASSWORDS, Ear, Lab
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
