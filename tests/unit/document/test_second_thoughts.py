"""Cancelling what is on its way, and trying again what failed."""

import pytest

from contracts.document import (
    DocumentCancelled,
    ExtractDocument,
)
from contracts.storage import CheckObject
from services.document.model.errors import DocumentFinished, NotRetryable
from tests.unit.document.fakes import FakeStore
from tests.unit.document.world import World, failed, of_document, ready


class TestCancel:
    async def test_it_stops_what_is_not_finished(self, store: FakeStore, world: World) -> None:
        way = await world.register()
        await world.hear(way.stored())

        cancelled = await world.cancel(way)
        await world.hear(way.extract())

        assert cancelled.status == "cancelled"
        assert (await world.describe(way)).status == "cancelled"
        assert isinstance(of_document(store.words)[-1], DocumentCancelled)

    async def test_a_check_that_ends_later_does_not_revive_it(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register()
        await world.cancel(way)

        await world.hear(way.stored())

        assert (await world.describe(way)).status == "cancelled"
        assert not any(isinstance(message, ExtractDocument) for message in store.words)

    async def test_what_is_finished_cannot_be_cancelled(self, world: World) -> None:
        for way in (await ready(world), await failed(world)):
            with pytest.raises(DocumentFinished):
                await world.cancel(way)

    async def test_a_second_cancel_comes_too_late(self, world: World) -> None:
        way = await world.register()
        await world.cancel(way)

        with pytest.raises(DocumentFinished):
            await world.cancel(way)


class TestRetry:
    async def test_a_failed_reading_begins_again(self, store: FakeStore, world: World) -> None:
        way = await failed(world)

        retried = await world.retry(way)

        assert (retried.status, retried.progress, retried.error) == ("processing", 10, None)
        assert store.words[-1] == ExtractDocument(document_id=way.id, version=2)

    async def test_a_cancelled_document_becomes_ready_after_all(self, world: World) -> None:
        way = await world.register()
        await world.hear(way.stored())
        await world.cancel(way)

        await world.retry(way)
        for message in way.to_ready(version=2):
            await world.hear(message)

        assert (await world.describe(way)).status == "ready"

    async def test_a_refused_file_is_checked_once_more(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register()
        await world.hear(way.refused("not-uploaded"))

        retried = await world.retry(way)

        assert retried.status == "uploaded"
        assert any(isinstance(message, CheckObject) for message in store.words[-2:])

    async def test_what_works_or_is_dangerous_is_not_tried_again(self, world: World) -> None:
        quarantined = await world.register()
        await world.hear(quarantined.refused(quarantined=True))
        running = await world.register()

        for way in (await ready(world), quarantined, running):
            with pytest.raises(NotRetryable):
                await world.retry(way)

    async def test_the_same_text_is_not_kept_twice(self, store: FakeStore, world: World) -> None:
        way = await world.register()
        await world.hear(way.stored())
        await world.hear(way.extract())
        await world.hear(way.indexing_failed())

        await world.retry(way)
        await world.hear(way.extract(version=2))

        assert len(store.tables.documents[way.id].text_objects) == 1
