"""A database with a queue of turns in it, and somebody who puts and takes."""

from uuid import UUID, uuid4

from shared import migrations
from shared.cause import Cause
from shared.envelope import Envelope
from shared.queue import Queue, Turn
from tests.integration.shared.hearing import happened
from tests.servers import Postgres

A = UUID(int=1)


async def with_tables(postgres: Postgres) -> str:
    """Make a database with a queue."""
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "indexing")
    return url


async def put(queue: Queue, owner: UUID = A) -> Envelope:
    message = happened()
    envelope = Envelope.seal(message, Cause(actor=owner), source="lab")
    await queue.put(envelope, envelope.headers(), message.model_dump_json().encode())
    return envelope


async def take(queue: Queue, *but: UUID) -> Turn:
    turn = await queue.take(uuid4(), but=but)
    assert turn is not None
    return turn
