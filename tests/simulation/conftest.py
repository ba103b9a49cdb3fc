"""One world for all machines: a real database server, and everything else in this process."""

from collections.abc import Generator

import pytest

from tests.servers import Postgres
from tests.simulation.world import World


@pytest.fixture(scope="session")
def world(postgres: Postgres) -> Generator[World]:
    world = World(postgres)
    yield world
    world.close()
