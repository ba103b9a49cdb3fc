"""The mesh that the stories are told against: one for the whole session."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.mesh import RunningMesh, running_mesh


@pytest.fixture(scope="session")
def mesh(server_directory: Path) -> Generator[RunningMesh]:
    """A whole running mesh, on free ports, with data of its own."""
    with running_mesh(server_directory) as mesh:
        yield mesh
