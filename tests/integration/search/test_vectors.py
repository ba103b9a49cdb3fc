"""pgvector keeps the promises of its port, however the database searches."""

import pytest

from services.search.model.passage import Scope
from services.search.store import vectors as pgvector
from services.search.store.vectors import PgVectorIndex
from shared.problems import Away
from tests.servers import Postgres
from tests.unit.search.examples import ANNA, MODEL, about, embedded, vector
from tests.unit.search.vector_index_behaviour import VectorIndexBehaviour


class TestPgVectorIndex(VectorIndexBehaviour):
    """The suite, with scopes small enough for an exact scan."""


class TestPgVectorIndexByItsGraph(VectorIndexBehaviour):
    """The suite again, with every search through the HNSW graph first."""

    @pytest.fixture(autouse=True)
    def every_scope_is_big(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pgvector, "EXACT_UP_TO", 0)


async def test_a_database_that_is_gone_is_away_and_comes_back(
    postgres: Postgres, vectors: PgVectorIndex
) -> None:
    reading = about()
    await vectors.put(reading, MODEL, embedded(reading, vector(1)))

    postgres.held.kill()
    try:
        with pytest.raises(Away):
            await vectors.nearest(vector(1), Scope(ANNA), most=10)
    finally:
        postgres.held.start()

    assert len(await vectors.nearest(vector(1), Scope(ANNA), most=10)) == 1
