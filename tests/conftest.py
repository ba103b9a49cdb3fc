"""Servers that any test may ask for by name; each starts once a session, when first asked for."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import servers
from tests.servers import S3, Nats, Postgres

# How long an example takes says how busy the machine is, no more. Where CI judges a change it tries
# the same examples every time; everywhere else new ones, and what they find becomes a named test.
settings.register_profile("anywhere", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "anywhere")


@pytest.fixture(scope="session")
def server_directory() -> Generator[Path]:
    """A directory that the database's unprivileged user can reach."""
    with servers.reachable_directory() as directory:
        yield directory


@pytest.fixture(scope="session")
def nats_server(server_directory: Path) -> Generator[Nats]:
    """A broker without users."""
    with servers.nats(server_directory) as nats:
        yield nats


@pytest.fixture(scope="session")
def postgres(server_directory: Path) -> Generator[Postgres]:
    """A database server."""
    with servers.postgres(server_directory) as postgres:
        yield postgres


@pytest.fixture(scope="session")
def s3(server_directory: Path) -> Generator[S3]:
    """An object store."""
    with servers.s3(server_directory) as s3:
        yield s3
