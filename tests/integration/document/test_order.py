"""Document as a process: its neighbours' events shuffled, doubled and around deletions."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from contracts.document import DocumentDeleted, DocumentReady, DocumentStatus
from contracts.indexing import IndexingProgressed, IndexingStarted
from contracts.search import DocumentIndexed
from contracts.storage import ObjectStored
from shared.envelope import Envelope
from shared.messages import Event
from shared.problems import Refused
from tests.integration.document.lab import MANIFESTS, Lab, storage_of
from tests.integration.document.lab import lab as set_up
from tests.integration.indexing.lab import Running
from tests.servers import S3, Postgres
from tests.unit.document.extract import files
from tests.waiting import until_found

EACH = 3


@dataclass
class World:
    """The lab with document and storage running."""

    lab: Lab
    document: Running


@pytest.fixture
async def world(server_directory: Path, postgres: Postgres, s3: S3) -> AsyncGenerator[World]:
    async with set_up(server_directory) as lab:
        document = await lab.service("document", postgres)
        storage = await storage_of(lab, postgres, s3)
        await asyncio.gather(document.start(), storage.start())
        yield World(lab, document)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = files.Book(tmp_path / "harbours.pdf", head="Harbours", foot="{page}", outline=True)
    return made.page(("h", "Harbour"), ("p", "Basins are deep. " * 40)).done()


async def test_in_any_order_and_doubled_the_end_is_the_same(world: World, book: Path) -> None:
    lab = world.lab
    straight = await lab.upload(book)
    await lab.until(straight.id, DocumentStatus.PROCESSED)
    for event in life(lab, straight.id):
        await lab.say(event)
    await until_found(lambda: idle(lab))
    kept, early, late = [[(await lab.upload(book)).id for _ in range(EACH)] for _ in range(3)]
    for document in early:
        await lab.delete(document)
    await world.document.end(signal.SIGKILL)

    said = [
        (event, Envelope.seal(event, lab.owner, source=event.subject.owner))
        for document in (*kept, *early, *late)
        for event in life(lab, document)
    ]
    twice = [*said, *said, *await stored(lab)]
    random.Random(7).shuffle(twice)  # noqa: S311  # an order, not a secret
    for number, (event, envelope) in enumerate(twice):
        await repeat(lab, event, envelope, number)
    await world.document.start()
    for document in late:
        await lab.delete(document)
    await until_found(lambda: idle(lab), within=60)

    for document in kept:
        await lab.until(document, DocumentStatus.READY)
        assert await end(lab, document) == await end(lab, straight.id)
        assert len(await lab.said(str(DocumentReady.subject), document)) == 1
    for document in (*early, *late):
        with pytest.raises(Refused) as refused:
            await lab.describe(document)
        assert refused.value.code == "document-not-found"
        assert len(await lab.said(str(DocumentDeleted.subject), document)) == 1


def life(lab: Lab, document: UUID) -> list[Event]:
    """Tell what indexing and search say of a document, in the order in which they say it."""
    whose = {"document_id": document, "owner_id": lab.owner.actor, "version": 1}
    return [
        IndexingStarted.model_validate({**whose, "passages": 3}),
        IndexingProgressed.model_validate({**whose, "progress": 50}),
        IndexingProgressed.model_validate({**whose, "progress": 100}),
        DocumentIndexed.model_validate({**whose, "passages": 3}),
    ]


async def stored(lab: Lab) -> list[tuple[Event, Envelope]]:
    """Give what storage has said so far, to be said again."""
    jetstream = lab.admin.jetstream()
    state = (await jetstream.stream_info("EVT_STORAGE")).state
    found: list[tuple[Event, Envelope]] = []
    for sequence in range(state.first_seq or 1, state.last_seq + 1):
        message = await jetstream.get_msg("EVT_STORAGE", sequence)
        if message.subject == str(ObjectStored.subject):
            event = ObjectStored.model_validate_json(message.data or b"")
            found.append((event, Envelope.read(dict(message.headers or {}))))
    return found


async def repeat(lab: Lab, event: Event, envelope: Envelope, number: int) -> None:
    """Publish it so that the broker keeps even what it has had."""
    headers = envelope.headers() | {"Nats-Msg-Id": f"copy-{number}"}
    await lab.admin.jetstream().publish(
        event.address, event.model_dump_json().encode(), headers=headers
    )


async def idle(lab: Lab) -> bool:
    """See whether document has nothing left to hear."""
    jetstream = lab.admin.jetstream()
    for durable, subject in MANIFESTS["document"].durables.items():
        place = await jetstream.consumer_info(subject.stream, durable)
        if place.num_pending or place.num_ack_pending:
            return False
    return True


async def end(lab: Lab, document: UUID) -> tuple[object, ...]:
    """Tell how a document stands and what it became, without ids and times.

    How far indexing was stands in its history only where it was news, so not in every order.
    """
    seen = await lab.describe(document)
    text = await lab.text(document)
    return (
        seen.status,
        seen.progress,
        seen.pages,
        seen.error,
        seen.size,
        text["text"],
        Counter(one for one in await lab.history(document) if not one.startswith("indexing.")),
    )
