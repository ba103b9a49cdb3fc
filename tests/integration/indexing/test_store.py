"""PostgreSQL keeps the store's promises."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.orphans import WhichDocumentsLive
from services.indexing.model import Embedding
from services.indexing.service.inventory import Inventory
from services.indexing.store import PostgresStore
from shared import migrations
from shared.cause import Cause
from shared.database import Database
from tests.holding import Holding
from tests.servers import Postgres
from tests.unit.indexing.behaviour import OWNER, StoreBehaviour


@pytest.fixture
async def store(postgres: Postgres) -> AsyncGenerator[PostgresStore]:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "indexing")
    database = await Database.connect(url, source="indexing")
    yield PostgresStore(database)
    await database.close()


class TestPostgresStore(StoreBehaviour):
    async def test_who_holds_a_job_has_it_alone(self, store: PostgresStore) -> None:
        document = uuid4()

        async def count() -> None:
            async with store.begin(Cause()) as tx:
                job = await tx.job(document, OWNER)
                await asyncio.sleep(0)
                await tx.put(job.spoke())

        await asyncio.gather(*(count() for _ in range(20)))

        async with store.begin(Cause()) as tx:
            assert (await tx.job(document, OWNER)).sequence == 20

    async def test_documents_with_the_same_contents_never_lock_each_other_out(
        self, store: PostgresStore
    ) -> None:
        contents = [str(uuid4()) for _ in range(50)]

        async def keep(order: int) -> None:
            given = [Embedding(content, b"same") for content in contents[::order]]
            async with store.begin(Cause()) as tx:
                await tx.keep(uuid4(), given, "m")

        await asyncio.gather(*(keep(order) for order in [1, -1] * 8))

        async with store.begin(Cause()) as tx:
            assert len(await tx.known(uuid4(), contents, "m")) == 50

    async def test_documents_forgotten_at_once_leave_nothing_to_each_other(
        self, store: PostgresStore
    ) -> None:
        contents = [str(uuid4()) for _ in range(20)]
        documents = [uuid4() for _ in range(8)]
        for document in documents:
            async with store.begin(Cause()) as tx:
                await tx.keep(document, [Embedding(one, b"same") for one in contents], "m")

        async def forget(document: UUID) -> None:
            async with store.begin(Cause()) as tx:
                await tx.forget(document)

        await asyncio.gather(*map(forget, documents))

        async with store.begin(Cause()) as tx:
            assert await tx.known(uuid4(), contents, "m") == []


async def test_migrations_go_both_ways(postgres: Postgres) -> None:
    url = await postgres.fresh_database()

    await migrations.upgrade(url, "indexing")
    await migrations.downgrade(url, "indexing", "base")
    await migrations.upgrade(url, "indexing")


async def test_it_tells_what_is_kept_and_for_which_documents(store: PostgresStore) -> None:
    document, forgotten, held = uuid4(), uuid4(), uuid4()
    async with store.begin(Cause()) as tx:
        await tx.put((await tx.job(document, OWNER)).with_object(held))
        await tx.put((await tx.job(forgotten, OWNER)).forgotten())
        await tx.keep(document, [Embedding("content", b"vector")], "model")

    assert await store.referred_to([held, uuid4()]) == {held}
    assert await store.jobs() == {document}
    assert await store.unused() == set()


async def test_an_embedding_that_no_document_uses_is_named(store: PostgresStore) -> None:
    async with store.begin(Cause()) as tx:
        await tx.keep(uuid4(), [Embedding("content", b"vector")], "model")
    async with store.database.reading() as session:
        await session.execute(text("DELETE FROM uses"))

    assert await store.unused() == {"content"}


async def test_what_is_kept_of_documents_that_nobody_knows_is_an_orphan(
    store: PostgresStore,
) -> None:
    begun, embedded = uuid4(), uuid4()
    async with store.begin(Cause()) as tx:
        await tx.put((await tx.job(begun, OWNER)).with_object(uuid4()))
        await tx.keep(embedded, [Embedding("content", b"vector")], "model")
    living = Holding({WhichDocumentsLive: {begun, embedded}})

    assert await Inventory(store, living).look(Cause()) == {"job": set(), "embedding": set()}
    assert await Inventory(store, Holding()).look(Cause()) == {
        "job": {str(begun), str(embedded)},
        "embedding": set(),
    }


async def test_an_embedding_that_no_document_uses_is_an_orphan(store: PostgresStore) -> None:
    async with store.begin(Cause()) as tx:
        await tx.keep(uuid4(), [Embedding("content", b"vector")], "model")
    async with store.database.reading() as session:
        await session.execute(text("DELETE FROM uses"))

    found = await Inventory(store, Holding()).look(Cause())

    assert found == {"job": set(), "embedding": {"content"}}
