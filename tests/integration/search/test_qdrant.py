"""Qdrant keeps the promises of the vector port: in its client's memory, and on a server if any."""

import os
from collections.abc import AsyncGenerator, Generator
from uuid import uuid4

import docker
import httpx
import pytest
from docker.errors import DockerException
from qdrant_client import AsyncQdrantClient
from testcontainers.core.container import DockerContainer

from services.search.meaning.qdrant import QdrantIndex, QdrantIndexes
from services.search.model.passage import Scope
from shared.problems import Away
from tests.mesh import until
from tests.unit.search.examples import ANNA, MODEL, about, embedded, vector
from tests.unit.search.vector_index_behaviour import VectorIndexBehaviour

pytestmark = pytest.mark.filterwarnings("ignore:.*ocal.*:UserWarning")

IMAGE = "qdrant/qdrant:v1.15.5"
PORT = 6333


@pytest.fixture
async def local() -> AsyncGenerator[QdrantIndexes]:
    indexes = QdrantIndexes(AsyncQdrantClient(":memory:"))
    yield indexes
    await indexes.close()


class TestQdrantInMemory(VectorIndexBehaviour):
    """The suite on the client's local mode."""

    @pytest.fixture
    async def vectors(self, local: QdrantIndexes) -> QdrantIndex:
        return await local.open(0, 384)


@pytest.fixture(scope="session")
def server() -> Generator[str]:
    """Name the server of `QDRANT_URL`, or run one where there is a container engine."""
    if url := os.environ.get("QDRANT_URL"):
        yield url
        return
    try:
        docker.from_env().images.pull(IMAGE)
    except DockerException as missing:
        pytest.skip(f"no QDRANT_URL, and no container engine that has {IMAGE}: {missing}")
    with DockerContainer(IMAGE).with_exposed_ports(PORT) as container:
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(PORT)}"
        until(lambda: _answers(url), lambda: f"Qdrant answers at {url}", 60)
        yield url


class TestQdrantServer(VectorIndexBehaviour):
    """The suite on a server."""

    @pytest.fixture
    async def vectors(self, server: str) -> AsyncGenerator[QdrantIndex]:
        client = AsyncQdrantClient(url=server, check_compatibility=False)
        indexes = QdrantIndexes(client, f"test-{uuid4().hex}")
        yield await indexes.open(0, 384)
        await indexes.drop(0)
        await indexes.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).is_success
    except httpx.TransportError:
        return False


class TestShelf:
    async def test_editions_are_apart_and_dropped_one_by_one(self, local: QdrantIndexes) -> None:
        reading = about()
        first, second = await local.open(0, 384), await local.open(7, 384)
        await first.put(reading, MODEL, embedded(reading, vector(1)))

        assert await second.nearest(vector(1), Scope(ANNA), most=9) == []
        assert await local.generations() == {0, 7}

        await local.drop(0)
        await local.drop(0)

        assert await local.generations() == {7}

    async def test_one_made_again_has_another_name(self, local: QdrantIndexes) -> None:
        first, same = await local.open(1, 8), await local.open(1, 8)
        await local.drop(1)

        assert first.id == same.id != (await local.open(1, 8)).id

    async def test_an_edition_has_vectors_of_its_own_length(self, local: QdrantIndexes) -> None:
        assert await local.open(0, 8) is not None

    async def test_a_server_that_is_not_there_is_away(self) -> None:
        with pytest.raises(Away):
            await QdrantIndexes.at("http://127.0.0.1:9", "", "test").open(0, 384)
