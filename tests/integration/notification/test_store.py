"""PostgreSQL keeps the promises of a store of notifications."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from contracts.orphans import WhichDocumentsLive, WhichQuizzesLive
from services.notification.inventory import Inventory
from services.notification.model import Slice
from services.notification.store import PostgresStore
from shared import migrations
from shared.cause import Cause, new_id
from shared.database import Database
from tests.holding import Holding
from tests.servers import Postgres
from tests.unit.notification.behaviour import StoreBehaviour, told


@pytest.fixture
async def url(postgres: Postgres) -> str:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "notification")
    return url


@pytest.fixture
async def store(url: str) -> AsyncGenerator[PostgresStore]:
    database = await Database.connect(url, source="notification")
    yield PostgresStore(database)
    await database.close()


class TestPostgresStore(StoreBehaviour):
    pass


async def test_of_many_who_tell_the_same_at_once_one_tells_it(store: PostgresStore) -> None:
    user, about = new_id(), new_id()

    async def tell() -> bool:
        async with store.begin(Cause()) as tx:
            return await tx.put(told(user, about))

    assert sorted(await asyncio.gather(*(tell() for _ in range(6)))) == [False] * 5 + [True]


async def test_who_holds_a_thing_keeps_others_from_deciding_about_it(store: PostgresStore) -> None:
    user, about = new_id(), new_id()
    held = asyncio.Event()

    async def forget() -> None:
        async with store.begin(Cause()) as tx:
            thing = await tx.thing(about)
            held.set()
            await tx.remove(about)
            await tx.keep(thing.forgotten())

    async def tell() -> None:
        await held.wait()
        async with store.begin(Cause()) as tx:
            if not (await tx.thing(about)).gone:
                await tx.put(told(user, about))

    await asyncio.gather(forget(), tell())

    async with store.begin(Cause()) as tx:
        assert await tx.find(Slice(10), of=user) == []


async def test_the_tables_can_be_taken_back(url: str) -> None:
    await migrations.downgrade(url, "notification", "base")
    await migrations.upgrade(url, "notification")


async def test_it_names_what_it_tells_of_by_family(store: PostgresStore) -> None:
    document, quiz = new_id(), new_id()
    async with store.begin(Cause()) as tx:
        await tx.put(told(new_id(), document))
        await tx.put(replace(told(new_id(), document), type="document.failed"))
        await tx.put(replace(told(new_id(), quiz), type="quiz.ready"))

    assert await store.things() == {"document": {document}, "quiz": {quiz}}


async def test_a_notification_about_what_nobody_knows_is_an_orphan(store: PostgresStore) -> None:
    user, document, quiz = new_id(), new_id(), new_id()
    async with store.begin(Cause()) as tx:
        await tx.put(told(user, document))
        await tx.put(replace(told(user, quiz), type="quiz.ready"))
    known = {WhichDocumentsLive: {document}, WhichQuizzesLive: {quiz}}

    async def look(holding: Holding) -> set[str]:
        return (await Inventory(store, holding).look(Cause()))["notification"]

    assert await look(Holding(known)) == set()
    assert await look(Holding({WhichDocumentsLive: {document}})) == {str(quiz)}
    assert await look(Holding()) == {str(document), str(quiz)}
