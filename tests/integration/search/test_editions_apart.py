"""Editions stand apart in every store, keep vectors of their own length, and leave nothing."""

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from services.search.index.text_indexes import EmbeddedTextIndexes
from services.search.model.passage import Scope, Vector
from services.search.store.vector_indexes import PgVectorIndexes
from shared import migrations
from tests.servers import Postgres
from tests.unit.search.examples import ANNA, MODEL, about, asked, embedded, passages, vector

_ASIDE = """
    SELECT pg_relation_size(reltoastrelid) FROM pg_class
    WHERE oid = 'edition_0.vectors'::regclass"""


@pytest.fixture
async def indexes(database_url: str) -> AsyncGenerator[PgVectorIndexes]:
    indexes = PgVectorIndexes(database_url)
    yield indexes
    await indexes.close()


class TestPgVector:
    async def test_an_edition_of_longer_vectors_stands_beside_the_first(
        self, indexes: PgVectorIndexes
    ) -> None:
        reading = about()
        first, second = await indexes.open(0, 384), await indexes.open(1, 2_000)
        long = Vector("long", bytes(4 * 1_999) + b"\0\0\x80?")
        await first.put(reading, MODEL, embedded(reading, vector(1)))
        await second.put(reading, "long", embedded(reading, long))

        assert len(await first.nearest(vector(1), Scope(ANNA), most=5)) == 1
        (hit,) = await second.nearest(long, Scope(ANNA), most=5)
        assert hit.score == pytest.approx(1.0)

    async def test_one_is_dropped_and_made_again_empty(self, indexes: PgVectorIndexes) -> None:
        reading = about()
        index = await indexes.open(3, 384)
        await index.put(reading, MODEL, embedded(reading, vector(1)))

        await indexes.drop(3)
        await indexes.drop(3)

        assert await indexes.generations() == {0}
        again = await indexes.open(3, 384)
        assert await again.nearest(vector(1), Scope(ANNA), most=5) == []

    async def test_a_text_lies_in_the_row_of_its_vector(
        self, indexes: PgVectorIndexes, database_url: str
    ) -> None:
        reading = about()
        text = " ".join(str(uuid4()) for _ in range(40))
        index = await indexes.open(0, 384)

        await index.put(reading, MODEL, embedded(reading, vector(1), texts=[text]))

        plain = await asyncpg.connect(database_url.replace("+asyncpg", ""))
        assert await plain.fetchval(_ASIDE) == 0
        await plain.close()

    async def test_opened_again_they_have_the_same_name_whatever_moved_them(
        self, indexes: PgVectorIndexes, database_url: str
    ) -> None:
        first = await indexes.open(0, 384)
        plain = await asyncpg.connect(database_url.replace("+asyncpg", ""))

        await plain.execute("VACUUM FULL edition_0.vectors")
        await plain.close()

        assert await indexes.open(0, 384) is first
        assert (await PgVectorIndexes(database_url).open(0, 384)).id == first.id

    @pytest.mark.parametrize(
        "loss",
        [
            "DROP SCHEMA edition_0 CASCADE",
            "DROP TABLE edition_0.vector_documents",
            "TRUNCATE edition_0.vectors",
            "DELETE FROM edition_0.vectors",
        ],
    )
    async def test_those_made_again_in_their_place_have_another_name(
        self, indexes: PgVectorIndexes, database_url: str, loss: str
    ) -> None:
        first = await indexes.open(0, 384)
        plain = await asyncpg.connect(database_url.replace("+asyncpg", ""))

        await plain.execute(loss)
        await plain.close()

        again = await indexes.open(0, 384)
        assert again.id != first.id
        assert await indexes.open(0, 384) is again


class TestTantivy:
    async def test_one_that_was_lost_while_it_was_open_is_made_again(self, tmp_path: Path) -> None:
        indexes = EmbeddedTextIndexes(tmp_path / "text")
        first = await indexes.open(0)
        reading = about()
        await first.put(reading, passages(reading, "one cell"))
        assert await indexes.open(0) is first

        shutil.rmtree(tmp_path / "text")

        again = await indexes.open(0)
        assert again.id != first.id
        await again.put(reading, passages(reading, "one cell"))
        assert (await again.find(asked("cell "), Scope(ANNA), most=5)).total == 1
        await indexes.close()

    async def test_one_is_dropped_with_its_folder(self, tmp_path: Path) -> None:
        indexes = EmbeddedTextIndexes(tmp_path / "text")
        reading = about()
        first, second = await indexes.open(0), await indexes.open(1)
        await first.put(reading, passages(reading, "one cell"))
        await second.put(reading, passages(reading, "one cell"))

        await indexes.drop(0)
        await indexes.drop(0)

        assert await indexes.generations() == {1}
        assert (await second.find(asked("cell "), Scope(ANNA), most=5)).total == 1
        await indexes.close()


async def test_vectors_of_before_become_the_first_edition(postgres: Postgres) -> None:
    url = await postgres.fresh_database(vector=True)
    await migrations.upgrade(url, "search")
    await migrations.downgrade(url, "search", "0001")
    plain = await asyncpg.connect(url.replace("+asyncpg", ""))
    await plain.execute(
        "INSERT INTO vector_documents VALUES"
        " (gen_random_uuid(), gen_random_uuid(), 1, '', '', '{}', NULL, 'former', 1)"
    )

    await migrations.upgrade(url, "search")

    edition = await plain.fetchrow("SELECT generation, stage, model, dimensions FROM editions")
    assert tuple(edition) == (0, "served", "former", 384)
    assert await plain.fetchval("SELECT count(*) FROM edition_0.vector_documents") == 1
    await plain.close()
    await migrations.downgrade(url, "search", "base")
