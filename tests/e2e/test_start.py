"""The mesh starts, tells that it is ready, and its servers and services come back by themselves."""

import httpx
import pytest

from tests.mesh import RunningMesh


def test_everything_that_was_started_is_ready(mesh: RunningMesh) -> None:
    names = mesh.names()

    assert {"nats", "postgres", "objects", "gateway", "document"} <= set(names)
    assert all(mesh.process(name).port in range(mesh.base, mesh.base + 100) for name in names)


def test_the_address_answers_that_it_is_healthy(mesh: RunningMesh) -> None:
    health = httpx.get(f"{mesh.address}/api/health").json()

    assert health["status"] == "healthy", health


@pytest.mark.parametrize("name", ["nats", "postgres", "objects", "document"])
def test_what_is_killed_comes_back(mesh: RunningMesh, name: str) -> None:
    before = mesh.process(name)

    mesh.kill(name)

    mesh.wait_until_back(name, before)
    mesh.wait_until_ready()
