"""Cancelling what is on its way, and trying again what failed."""

import pytest

from contracts.document import (
    DocumentCancelled,
    ExtractDocument,
)
from contracts.storage import CheckObject
from services.document.model.errors import DocumentFinished, NotRetryable
from tests.unit.document.fakes import FakeStore
from tests.unit.document.house import House, failed, of_document, ready


class TestCancel:
    async def test_it_stops_what_is_not_finished(self, store: FakeStore, house: House) -> None:
        way = await house.register()
        await house.hear(way.stored())

        cancelled = await house.cancel(way)
        await house.hear(way.extract())

        assert cancelled.status == "cancelled"
        assert (await house.describe(way)).status == "cancelled"
        assert isinstance(of_document(store.words)[-1], DocumentCancelled)

    async def test_a_check_that_ends_later_does_not_revive_it(
        self, store: FakeStore, house: House
    ) -> None:
        way = await house.register()
        await house.cancel(way)

        await house.hear(way.stored())

        assert (await house.describe(way)).status == "cancelled"
        assert not any(isinstance(message, ExtractDocument) for message in store.words)

    async def test_what_is_finished_cannot_be_cancelled(self, house: House) -> None:
        for way in (await ready(house), await failed(house)):
            with pytest.raises(DocumentFinished):
                await house.cancel(way)

    async def test_a_second_cancel_comes_too_late(self, house: House) -> None:
        way = await house.register()
        await house.cancel(way)

        with pytest.raises(DocumentFinished):
            await house.cancel(way)


class TestRetry:
    async def test_a_failed_reading_begins_anew(self, store: FakeStore, house: House) -> None:
        way = await failed(house)

        retried = await house.retry(way)

        assert (retried.status, retried.progress, retried.error) == ("processing", 10, None)
        assert store.words[-1] == ExtractDocument(document_id=way.id, version=2)

    async def test_a_cancelled_document_becomes_ready_after_all(self, house: House) -> None:
        way = await house.register()
        await house.hear(way.stored())
        await house.cancel(way)

        await house.retry(way)
        for message in way.to_ready(version=2):
            await house.hear(message)

        assert (await house.describe(way)).status == "ready"

    async def test_a_refused_file_is_checked_once_more(
        self, store: FakeStore, house: House
    ) -> None:
        way = await house.register()
        await house.hear(way.refused("not-uploaded"))

        retried = await house.retry(way)

        assert retried.status == "uploaded"
        assert any(isinstance(message, CheckObject) for message in store.words[-2:])

    async def test_what_works_or_is_dangerous_is_not_tried_again(self, house: House) -> None:
        quarantined = await house.register()
        await house.hear(quarantined.refused(quarantined=True))
        running = await house.register()

        for way in (await ready(house), quarantined, running):
            with pytest.raises(NotRetryable):
                await house.retry(way)

    async def test_the_same_text_is_not_kept_twice(self, store: FakeStore, house: House) -> None:
        way = await house.register()
        await house.hear(way.stored())
        await house.hear(way.extract())
        await house.hear(way.indexing_failed())

        await house.retry(way)
        await house.hear(way.extract(version=2))

        assert len(store.tables.documents[way.id].text_objects) == 1
