"""PostgreSQL keeps the promises of a store of quizzes."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from contracts.orphans import WhichDocumentsLive
from services.quiz.model.quiz import QuizNotFound
from services.quiz.model.repetition import Wish
from services.quiz.service.inventory import Inventory
from services.quiz.store import PostgresStore
from shared import migrations
from shared.cause import Cause, new_id
from shared.database import Database
from tests.holding import Holding
from tests.servers import Postgres
from tests.unit.quiz.behaviour import StoreBehaviour
from tests.unit.quiz.examples import NOON, a_question, a_quiz


@pytest.fixture
async def store(postgres: Postgres) -> AsyncGenerator[PostgresStore]:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "quiz")
    database = await Database.connect(url, source="quiz")
    yield PostgresStore(database)
    await database.close()


class TestPostgresStore(StoreBehaviour):
    pass


async def test_of_many_who_wish_the_same_at_once_one_is_granted(store: PostgresStore) -> None:
    user = new_id()

    async def wish() -> bool:
        mine = new_id()
        async with store.begin(Cause()) as tx:
            return await tx.grant(Wish(user, "quiz", "key", "fields", NOON), mine) == mine

    granted = await asyncio.gather(*(wish() for _ in range(6)))

    assert sorted(granted) == [False] * 5 + [True]


async def test_who_holds_documents_in_any_order_never_waits_for_ever(store: PostgresStore) -> None:
    documents = [new_id() for _ in range(8)]

    async def hold(turn: int) -> None:
        async with store.begin(Cause()) as tx:
            await tx.hold_documents(documents[turn:] + documents[:turn])

    async with asyncio.timeout(10):
        await asyncio.gather(*(hold(turn) for turn in range(8)))


async def test_a_document_forgotten_while_its_questions_are_put_leaves_none(
    store: PostgresStore,
) -> None:
    quiz = a_quiz(None, document := new_id())
    async with store.begin(Cause()) as tx:
        await tx.put_quiz(quiz)

    async def put() -> None:
        async with store.begin(Cause()) as tx:
            if not await tx.hold_documents([document]):
                await tx.put_questions(quiz.id, [a_question(quiz)])

    async def forget() -> None:
        async with store.begin(Cause()) as tx:
            await tx.hold_documents([document])
            await tx.forget_document(document)

    await asyncio.gather(put(), forget())

    async with store.begin(Cause()) as tx:
        assert all(one.withdrawn for one in await tx.questions(quiz.id))


async def test_the_tables_can_be_taken_back(postgres: Postgres) -> None:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "quiz")

    await migrations.downgrade(url, "quiz", "base")
    await migrations.upgrade(url, "quiz")

    database = await Database.connect(url, source="quiz")
    async with PostgresStore(database).begin(Cause()) as tx:
        with pytest.raises(QuizNotFound):
            await tx.quiz(new_id())
    await database.close()


async def test_it_tells_which_quizzes_there_are_and_what_they_cite(store: PostgresStore) -> None:
    quiz = a_quiz(None, document := new_id())
    async with store.begin(Cause()) as tx:
        await tx.put_quiz(quiz)
        await tx.put_questions(quiz.id, [a_question(quiz)])

    assert await store.living([quiz.id, new_id()]) == {quiz.id}
    assert await store.cited() == {document}


async def test_a_document_that_questions_tell_of_and_nobody_knows_is_an_orphan(
    store: PostgresStore,
) -> None:
    quiz = a_quiz(None, gone := new_id(), kept := new_id())
    async with store.begin(Cause()) as tx:
        await tx.put_quiz(quiz)
        await tx.put_questions(quiz.id, [a_question(quiz, gone), a_question(quiz, kept, place=1)])
    inventory = Inventory(store, holding := Holding({WhichDocumentsLive: {gone, kept}}))
    assert await inventory.look(Cause()) == {"cited-document": set()}

    holding.ids = {WhichDocumentsLive: {kept}}
    assert await inventory.look(Cause()) == {"cited-document": {str(gone)}}

    async with store.begin(Cause()) as tx:
        await tx.forget_document(gone)
    assert await inventory.look(Cause()) == {"cited-document": set()}
