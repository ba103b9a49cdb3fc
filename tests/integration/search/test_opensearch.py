"""OpenSearch keeps the promises of the text port; `make test-opensearch` starts one."""

import asyncio
import os
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest

from services.search.index.opensearch.cluster import Cluster
from services.search.index.opensearch.index import OpenSearchTextIndex
from services.search.index.opensearch.text_indexes import OpenSearchTextIndexes
from services.search.model.passage import Scope
from shared.problems import Away
from tests.unit.search.examples import ANNA, about, asked, passages
from tests.unit.search.question_behaviour import QuestionBehaviour
from tests.unit.search.text_index_behaviour import TextIndexBehaviour

SERVER = os.environ.get("OPENSEARCH_URL", "")

on_a_server = pytest.mark.skipif(not SERVER, reason="no OPENSEARCH_URL: make test-opensearch")


@pytest.fixture
async def indexes() -> AsyncGenerator[OpenSearchTextIndexes]:
    indexes = OpenSearchTextIndexes(Cluster.at(SERVER), f"test-{uuid4().hex}")
    yield indexes
    for generation in await indexes.generations():
        await indexes.drop(generation)
    await indexes.close()


@pytest.fixture
async def index(indexes: OpenSearchTextIndexes) -> OpenSearchTextIndex:
    return await indexes.open(0)


@on_a_server
class TestOpenSearch(TextIndexBehaviour, QuestionBehaviour):
    """The suite that tantivy is held to."""


@on_a_server
class TestShelf:
    async def test_two_replicas_that_open_an_edition_at_once_share_it(
        self, indexes: OpenSearchTextIndexes
    ) -> None:
        first, second = await asyncio.gather(indexes.open(3), indexes.open(3))
        reading = about()
        await first.put(reading, passages(reading, "one cell"))

        assert first.id == second.id
        assert (await second.find(asked("cell "), Scope(ANNA), most=5)).total == 1

    async def test_one_made_again_has_another_id(self, indexes: OpenSearchTextIndexes) -> None:
        first = await indexes.open(1)
        await indexes.drop(1)
        await indexes.drop(1)

        assert (await indexes.open(1)).id != first.id

    async def test_it_is_known_which_editions_there_are(
        self, indexes: OpenSearchTextIndexes
    ) -> None:
        await indexes.open(1)
        await indexes.open(12)

        assert await indexes.generations() == {1, 12}


async def test_a_server_that_is_not_there_is_away() -> None:
    indexes = OpenSearchTextIndexes(Cluster.at("http://127.0.0.1:9"))

    with pytest.raises(Away):
        await indexes.open(0)
    await indexes.close()
