"""Several replicas of search share OpenSearch: each finds what any of them wrote."""

from dataclasses import replace

import pytest

from contracts.search import SearchMode
from deploy.local.ports import free_ports
from tests import opensearch
from tests.integration.search.neighbours import Neighbourhood
from tests.waiting import until, until_found

pytestmark = pytest.mark.skipif(
    not opensearch.told(), reason="no OPENSEARCH_URL: make test-opensearch"
)


async def test_what_one_replica_wrote_every_other_finds_also_over_a_rebuild(
    search: Neighbourhood,
) -> None:
    others = search.neighbours
    second = replace(search.service, port=free_ports(1)[0])
    async with search.service.running(), second.running():
        for number in range(8):
            document = others.write(f"title {number}")
            await others.say(others.cut(document, 1, f"cell number{number}"))
        await until(lambda: len(others.heard) == 8, within=90)
        expected = [f"cell number{number}" for number in range(8)]
        for _ in range(12):
            for mode in SearchMode:
                assert await others.texts("cell ", mode) == expected

        await others.rebuild()
        await until_found(others.is_rebuilt, within=90)

        for _ in range(12):
            for mode in SearchMode:
                assert await others.texts("cell ", mode) == expected
