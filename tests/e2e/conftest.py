"""The mesh that the stories are told against: one for all of them, gone before other tests."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest

from tests import opensearch, otlp
from tests.e2e.student import Student, student
from tests.mesh import RunningMesh, running_mesh

OPERATOR = {"email": "operator@example.com", "password": "correct horse", "name": "Operator"}
"""The first who registers, and so the administrator."""


@pytest.fixture(scope="package")
def collected() -> Generator[otlp.Collector]:
    """What the mesh tells of its traces and metrics."""
    with otlp.collector() as collector:
        yield collector


@pytest.fixture(scope="package")
def mesh(server_directory: Path, collected: otlp.Collector) -> Generator[RunningMesh]:
    """A whole running mesh, on free ports, with data of its own."""
    search = {f"search_{name}": value for name, value in opensearch.told().items()}
    with running_mesh(server_directory, otlp_endpoint=collected.endpoint, **search) as mesh:
        httpx.post(f"{mesh.address}/api/v1/auth/register", json=OPERATOR).raise_for_status()
        yield mesh


@pytest.fixture
async def ada(mesh: RunningMesh) -> AsyncGenerator[Student]:
    """Somebody who has just registered, with nothing of her own yet."""
    async with student(mesh.address) as ada:
        yield ada


@pytest.fixture
async def store() -> AsyncGenerator[httpx.AsyncClient]:
    """Speak to the object store as somebody who only knows addresses."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        yield http
