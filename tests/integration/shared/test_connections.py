"""What a transaction on our own connections keeps, gives up, and leaves behind."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Column, MetaData, Table, Text, Uuid, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert

from shared.cause import new_id
from shared.connections import KNOCK, Connections, RolledBack, is_gone
from shared.problems import Away
from tests.integration.shared.lab import Lab
from tests.waiting import until_found

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("name", Text),
    Column("told", JSONB(none_as_null=True)),
)
PUT = text("INSERT INTO things (id, name, told) VALUES (:id, :name, :told)").bindparams(
    bindparam("told", type_=JSONB)
)
LOST = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
)
TICK = 0.05
"""Seconds that a loop's clock may be behind."""
NAMES = text("SELECT name FROM things ORDER BY name")


@pytest.fixture
async def connections(lab: Lab) -> AsyncGenerator[Connections]:
    """Two connections to a database with a table in it."""
    opened = Connections(lab.database_url("ear"), name="ear", size=2)
    async with opened.transaction() as session:
        await session.execute(
            text("CREATE TABLE things (id uuid PRIMARY KEY, name text, told jsonb)")
        )
    yield opened
    await opened.close()


async def put(connections: Connections, name: str) -> UUID:
    """Store a thing, alone."""
    thing_id = new_id()
    async with connections.transaction() as session:
        await session.execute(PUT, {"id": thing_id, "name": name, "told": {"by": [1, "two"]}})
    return thing_id


async def names(connections: Connections) -> list[str]:
    """Name everything that is stored."""
    async with connections.transaction() as session:
        return list((await session.execute(NAMES)).scalars())


class TestStatements:
    async def test_words_and_tables_say_the_same(self, connections: Connections) -> None:
        first, second = await put(connections, "a"), new_id()

        async with connections.transaction() as session:
            row = {"id": second, "name": "b", "told": None}
            added = insert(THINGS).values(row).on_conflict_do_nothing().returning(THINGS.c.name)
            assert (await session.execute(added)).scalar_one() == "b"
            asked = select(THINGS).where(THINGS.c.id.in_([first, second])).order_by(THINGS.c.name)
            found = (await session.execute(asked)).mappings().all()

        assert [dict(row) for row in found] == [
            {"id": first, "name": "a", "told": {"by": [1, "two"]}},
            {"id": second, "name": "b", "told": None},
        ]

    async def test_the_same_shape_is_asked_with_other_values(
        self, connections: Connections
    ) -> None:
        ids = [await put(connections, name) for name in "abc"]

        async with connections.transaction() as session:
            for few in (ids[:1], ids[:2], ids):
                asked = select(THINGS.c.name).where(THINGS.c.id.in_(few))
                assert len((await session.execute(asked)).all()) == len(few)
            await session.execute(delete(THINGS).where(THINGS.c.id == ids[0]))

        assert await names(connections) == ["b", "c"]

    async def test_what_is_written_later_is_there_for_the_next_statement_and_at_the_end(
        self, connections: Connections
    ) -> None:
        async with connections.transaction() as session:
            for name in "abc":
                session.later(PUT, {"id": new_id(), "name": name, "told": None})
            assert list((await session.execute(NAMES)).scalars()) == ["a", "b", "c"]
            session.later(PUT, {"id": new_id(), "name": "d", "told": None})

        assert await names(connections) == ["a", "b", "c", "d"]


class TestTransactions:
    async def test_an_error_keeps_nothing_and_the_connection_goes_on(
        self, connections: Connections
    ) -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with connections.transaction() as session:
                    await session.execute(PUT, {"id": new_id(), "name": "a", "told": None})
                    _ = 1 / 0

        assert await names(connections) == []

    async def test_an_error_that_was_swallowed_does_not_pass_for_success(
        self, connections: Connections
    ) -> None:
        with pytest.raises(RolledBack):
            async with connections.transaction() as session:
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await session.execute(text("SELECT 1 / 0"))

    async def test_who_is_cancelled_in_a_statement_leaves_nothing_open(
        self, connections: Connections
    ) -> None:
        async def last() -> None:
            async with connections.transaction() as session:
                await session.execute(PUT, {"id": new_id(), "name": "never", "told": None})
                await session.execute(text("SELECT pg_sleep(60)"))

        for _ in range(4):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await last()

        await put(connections, "a")
        assert await names(connections) == ["a"]

    async def test_what_the_server_closed_is_made_again(self, connections: Connections) -> None:
        async def of_a_victim() -> None:
            async with connections.transaction() as session, connections.transaction() as other:
                victim = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": victim})
                await session.execute(NAMES)

        for _ in range(3):
            with pytest.raises(LOST) as failed:
                await of_a_victim()
            assert is_gone(failed.value)

        await put(connections, "a")
        assert await names(connections) == ["a"]

    async def test_more_than_there_is_room_for_wait_for_each_other(
        self, connections: Connections
    ) -> None:
        await asyncio.gather(*(put(connections, name) for name in "abcdefgh"))

        assert "".join(await names(connections)) == "abcdefgh"


class TestKnocking:
    async def test_a_server_that_lets_nobody_in_is_knocked_at_seldom(self) -> None:
        knocks: list[float] = []
        loop = asyncio.get_running_loop()

        async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            knocks.append(loop.time())
            writer.close()

        async def ask() -> None:
            with pytest.raises(Away):
                await closed.ask(NAMES)

        async def knocked_again() -> bool:
            await ask()
            return len(knocks) > first

        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            closed = Connections(f"postgresql://x:x@127.0.0.1:{port}/x", name="x", size=30)
            await ask()
            first, shut = len(knocks), loop.time()
            await asyncio.gather(*(ask() for _ in range(20)))
            assert len(knocks) == first or loop.time() - shut > KNOCK
            await until_found(knocked_again)

        assert knocks[first] - knocks[first - 1] >= KNOCK - TICK
