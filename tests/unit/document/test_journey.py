"""A document's way: what is said at each step, and what the owner sees."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from contracts.document import (
    DocumentFailed,
    DocumentProcessed,
    DocumentReady,
    DocumentTaskStatusUpdated,
    ExtractDocument,
)
from contracts.storage import DeleteObject
from services.document.ports import Reached, Read
from services.document.service.extraction import Extraction
from shared.cause import Cause, Delivery, new_id
from tests.unit.document.fakes import FakeReader, FakeRooms, FakeStore
from tests.unit.document.world import World, of_document


class TestTheWay:
    async def test_every_step_is_seen_and_said(self, store: FakeStore, world: World) -> None:
        way = await world.register()
        seen = []

        for message in way.to_ready():
            await world.hear(message)
            document = await world.describe(way)
            seen.append((document.status.value, document.progress))

        assert seen == [
            ("processing", 10),
            ("processed", 40),
            ("indexing", 40),
            ("indexing", 56),
            ("indexing", 84),
            ("ready", 100),
        ]
        assert [type(event).__name__ for event in of_document(store.words)] == [
            "DocumentUploaded",
            "DocumentProcessing",
            "DocumentProcessed",
            "DocumentReady",
        ]

    async def test_progress_never_falls_within_a_reading(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register()
        out_of_order = [*way.to_ready()[:3], way.progressed(80), way.progressed(30)]

        for message in out_of_order:
            await world.hear(message)

        told = [
            message.progress
            for message in store.words
            if isinstance(message, DocumentTaskStatusUpdated)
        ]
        assert told == sorted(told)

    async def test_the_text_is_kept_and_named(self, store: FakeStore, world: World) -> None:
        way = await world.register(b"Light is bent.")

        await world.hear(way.stored())
        await world.hear(way.extract())

        processed = of_document(store.words)[-1]
        assert isinstance(processed, DocumentProcessed)
        assert world.claims.objects[processed.text_object_id] == b"Light is bent."
        assert (await world.describe(way)).text_version == processed.text_version

    async def test_an_unreadable_file_fails_with_its_reason(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register(b"!no-text")

        await world.hear(way.stored())
        await world.hear(way.extract())

        document = await world.describe(way)
        assert document.status == "failed"
        assert document.error is not None
        assert document.error.code == "no-text"
        event = of_document(store.words)[-1]
        assert isinstance(event, DocumentFailed)
        assert (event.code, event.version) == ("no-text", 1)

    async def test_a_file_that_vanished_fails_instead_of_hanging(self, world: World) -> None:
        way = await world.register()
        await world.hear(way.stored())
        world.claims.objects.clear()

        await world.hear(way.extract())

        error = (await world.describe(way)).error
        assert error is not None
        assert error.code == "file-missing"

    async def test_a_reading_that_was_given_up_is_told_and_may_be_tried_again(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register()
        await world.hear(way.stored())

        await world.extraction.give_up(way.extract(), Cause(actor=world.owner.actor))

        document = await world.describe(way)
        assert document.error is not None
        assert (document.status, document.error.code) == ("failed", "given-up")
        assert isinstance(of_document(store.words)[-1], DocumentFailed)
        assert (await world.retry(way)).status == "processing"

    async def test_passages_that_found_no_place_fail_the_document(self, world: World) -> None:
        way = await world.register()
        for message in way.to_ready()[:-1]:
            await world.hear(message)

        await world.hear(way.not_indexed(version=2))
        before = await world.describe(way)
        await world.hear(way.not_indexed(version=1))

        assert before.status == "indexing"
        assert (await world.describe(way)).status == "failed"

    async def test_a_dangerous_file_is_quarantined(self, world: World) -> None:
        way = await world.register()

        await world.hear(way.refused("malware", quarantined=True))

        assert (await world.describe(way)).status == "quarantined"

    async def test_ready_is_only_who_is_indexed_in_the_present_reading(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register(b"!corrupt")
        await world.hear(way.stored())
        await world.hear(way.extract())
        world.claims.objects[way.object_id] = b"Light is bent."
        await world.retry(way)
        await world.hear(way.extract(version=2))

        await world.hear(way.indexed(version=1))
        before = await world.describe(way)
        await world.hear(way.indexed(version=2))

        assert before.status == "processed"
        assert (await world.describe(way)).status == "ready"
        assert sum(isinstance(message, DocumentReady) for message in store.words) == 1

    async def test_words_about_unknown_documents_are_let_pass(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register()
        stranger = replace(way, id=new_id(), object_id=new_id())
        said = len(store.said)

        for message in [*stranger.to_ready(), stranger.refused(), stranger.indexing_failed()]:
            await world.hear(message)

        assert len(store.said) == said

    async def test_an_object_of_somebody_else_is_not_ours(self, world: World) -> None:
        way = await world.register()
        foreign = replace(way, owner_id=new_id())

        await world.hear(foreign.stored())
        await world.hear(foreign.refused())

        assert (await world.describe(way)).status == "uploaded"


@dataclass
class SlowReader:
    """Begins to read, and ends only when it is told to, or stopped."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False

    async def read(
        self, path: Path, media_type: str, known: Sequence[bytes], reached: Reached
    ) -> Read:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        return await FakeReader().read(path, media_type, known, reached)


class TestMindsChangedMeanwhile:
    async def test_cancelling_and_deleting_take_the_reading_back(
        self, store: FakeStore, world: World
    ) -> None:
        cancelled, deleted = await world.register(), await world.register()
        for way in (cancelled, deleted):
            await world.hear(way.stored())

        await world.cancel(cancelled)
        await world.delete(deleted)

        assert store.withdrawn == [cancelled.id, deleted.id]

    async def test_a_text_of_a_document_deleted_meanwhile_is_deleted_too(
        self, store: FakeStore, world: World
    ) -> None:
        way, reader = await world.register(), SlowReader()
        await world.hear(way.stored())
        kept_before = set(world.claims.objects)
        extraction = Extraction(store, world.claims, reader, FakeRooms(), world.clock)
        cause = Cause(actor=way.owner_id, delivery=Delivery("extract", "1"))
        reading = asyncio.create_task(extraction.extract(way.extract(), cause))
        await reader.begun.wait()

        await world.delete(way)
        reader.go_on.set()
        await reading

        left = set(world.claims.objects) - kept_before
        deleted = {word.object_id for word in store.words if isinstance(word, DeleteObject)}
        assert left <= deleted

    async def test_a_stopped_service_stops_its_reading(
        self, store: FakeStore, world: World
    ) -> None:
        way, reader = await world.register(), SlowReader()
        await world.hear(way.stored())
        extraction = Extraction(store, world.claims, reader, FakeRooms(), world.clock)
        reading = asyncio.create_task(
            extraction.extract(ExtractDocument(document_id=way.id, version=1), world.owner)
        )
        await reader.begun.wait()

        reading.cancel()
        await asyncio.wait({reading})

        assert reader.stopped
