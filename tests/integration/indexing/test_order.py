"""The same end for shuffled, repeated and late messages, on a real database."""

import asyncio
from uuid import uuid4

from hypothesis import given, settings
from sqlalchemy import text

from contracts.storage import DeleteObject
from services.indexing.model import Stage
from services.indexing.service.verbs import Indexing
from services.indexing.store import PostgresStore
from shared import migrations
from shared.cause import Cause
from shared.database import Database
from tests.servers import Postgres
from tests.unit.indexing.behaviour import OWNER, heard
from tests.unit.indexing.mesh import Mesh, prose
from tests.unit.indexing.order import Story, play, stories, told


def test_any_order_comes_to_the_same_end(postgres: Postgres) -> None:
    url = asyncio.run(_migrated(postgres))

    @given(stories())
    @settings(max_examples=25, deadline=None)
    def any_order(drawn: tuple[Story, list[list[int]]]) -> None:
        asyncio.run(_play(url, *drawn))

    any_order()


async def _migrated(postgres: Postgres) -> str:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "indexing")
    return url


async def _play(url: str, story: Story, rounds: list[list[int]]) -> None:
    database = await Database.connect(url, source="indexing")
    mesh, document = Mesh(), uuid4()
    indexing = Indexing(PostgresStore(database), mesh.claims, mesh.embedder, mesh.going)
    readings = [
        mesh.processed(prose(10 + number), document_id=document, version=number)
        for number in range(1, story.readings + 1)
    ]
    texts = set(mesh.claims.objects)
    messages = [(message, heard()) for message in told(story, readings, OWNER)]

    await play(indexing, messages, rounds)

    async with PostgresStore(database).begin(Cause()) as tx:
        job = await tx.job(document, OWNER)
    deleted = await _deleted(database)
    uses = await _count(database, document)
    await database.close()
    assert job.stage is story.end
    assert {str(one) for one in set(mesh.claims.objects) - texts} - deleted == set(
        map(str, job.objects)
    )
    assert (uses == 0) or job.stage is not Stage.FORGOTTEN


async def _deleted(database: Database) -> set[str]:
    async with database.reading() as session:
        found = await session.execute(
            text("SELECT CAST(body AS jsonb) ->> 'object_id' FROM outbox WHERE address = :address"),
            {"address": str(DeleteObject.subject)},
        )
        return set(found.scalars())


async def _count(database: Database, document: object) -> int:
    async with database.reading() as session:
        found = await session.execute(
            text("SELECT count(*) FROM uses WHERE document_id = :id"), {"id": document}
        )
        return int(found.scalar_one())
