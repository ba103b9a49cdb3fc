"""What people may do with their documents, and what is said when they do."""

import pytest

from contracts.document import (
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    EditDocument,
    ExtractDocument,
    ListDocuments,
    OpenContent,
    OpenText,
    TellHistory,
)
from contracts.storage import CheckObject, DeleteObject
from services.document.model import (
    BadLabel,
    DocumentFinished,
    DocumentNotFound,
    NotChecked,
    NoTextYet,
    NotRetryable,
)
from services.document.service import BadCursor
from shared.cause import Cause, new_id
from tests.unit.document.fakes import FakeStore
from tests.unit.document.house import House, Way, of_document


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def house(store: FakeStore) -> House:
    return House(store)


async def ready(house: House) -> Way:
    way = await house.register()
    for message in way.to_ready():
        await house.hear(message)
    return way


async def failed(house: House) -> Way:
    way = await house.register(b"!encrypted")
    await house.hear(way.stored())
    await house.hear(way.extract())
    return way


class TestForeignDocuments:
    async def test_they_are_not_found_by_any_verb(self, store: FakeStore, house: House) -> None:
        way = await ready(house)
        stranger = House(store)

        for verb in (stranger.describe, stranger.delete, stranger.retry, stranger.cancel):
            with pytest.raises(DocumentNotFound):
                await verb(way)
        verbs, who = stranger.documents, stranger.owner
        for answer in (
            verbs.edit(EditDocument(document_id=way.id, title="mine"), who),
            verbs.open_content(OpenContent(document_id=way.id), who),
            verbs.open_text(OpenText(document_id=way.id), who),
            verbs.tell_history(TellHistory(document_id=way.id), who),
        ):
            with pytest.raises(DocumentNotFound):
                await answer

    async def test_administrators_find_them_no_more_than_others(self, house: House) -> None:
        way = await ready(house)
        administrator = Cause(actor=new_id(), role="administrator")

        with pytest.raises(DocumentNotFound):
            await house.documents.open_text(OpenText(document_id=way.id), administrator)


class TestLists:
    async def test_pages_follow_each_other_without_gap_or_repetition(self, house: House) -> None:
        ways = [await house.register(title=f"number {number}") for number in range(5)]

        first = await house.documents.list(ListDocuments(limit=2), house.owner)
        second = await house.documents.list(
            ListDocuments(limit=2, cursor=first.next_cursor), house.owner
        )
        third = await house.documents.list(
            ListDocuments(limit=2, cursor=second.next_cursor), house.owner
        )

        listed = [item.id for page in (first, second, third) for item in page.items]
        assert listed == [way.id for way in reversed(ways)]
        assert third.next_cursor is None

    @pytest.mark.parametrize("cursor", ["x", "not a cursor", "AAAA", "ü" * 22])
    async def test_an_invented_cursor_is_refused(self, house: House, cursor: str) -> None:
        with pytest.raises(BadCursor):
            await house.documents.list(ListDocuments(cursor=cursor), house.owner)

    async def test_odd_words_find_nothing_and_harm_nothing(self, house: House) -> None:
        await house.register()

        page = await house.documents.list(ListDocuments(q="\0%_", tag="\0"), house.owner)

        assert page.items == []


class TestEdit:
    async def test_it_changes_what_is_given(self, store: FakeStore, house: House) -> None:
        way = await house.register(tags=["a"])

        edited = await house.documents.edit(
            EditDocument(document_id=way.id, title="  Light\nand  colour "), house.owner
        )

        assert (edited.title, edited.tags) == ("Light and colour", ["a"])
        assert isinstance(store.words[-1], DocumentEdited)

    async def test_nothing_new_is_not_said(self, store: FakeStore, house: House) -> None:
        way = await house.register(title="Light")
        said = len(store.said)

        await house.documents.edit(EditDocument(document_id=way.id, title="Light"), house.owner)

        assert len(store.said) == said

    async def test_an_empty_title_is_refused(self, house: House) -> None:
        way = await house.register()

        with pytest.raises(BadLabel):
            await house.documents.edit(EditDocument(document_id=way.id, title=" "), house.owner)


class TestDelete:
    async def test_every_object_of_it_is_deleted_too(self, store: FakeStore, house: House) -> None:
        way = await ready(house)
        text = store.tables.documents[way.id].text
        assert text is not None

        await house.delete(way)

        assert store.words[-3:] == [
            DocumentDeleted(document_id=way.id, owner_id=way.owner_id),
            DeleteObject(object_id=way.object_id),
            DeleteObject(object_id=text.object_id),
        ]

    async def test_not_one_word_of_it_stays(self, store: FakeStore, house: House) -> None:
        way = await house.register(title="secret plans", filename="plans.pdf", tags=["secret"])

        await house.delete(way)

        tombstone = store.tables.documents[way.id]
        assert (tombstone.title, tombstone.filename, tombstone.tags) == ("", "", ())
        assert store.tables.histories == {}

    async def test_from_then_on_it_is_not_found(self, house: House) -> None:
        way = await ready(house)

        await house.delete(way)

        for verb in (house.describe, house.delete, house.retry, house.cancel):
            with pytest.raises(DocumentNotFound):
                await verb(way)
        assert (await house.documents.list(ListDocuments(), house.owner)).items == []


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


class TestReading:
    async def test_content_waits_for_the_check(self, house: House) -> None:
        way = await house.register()

        with pytest.raises(NotChecked):
            await house.documents.open_content(OpenContent(document_id=way.id), house.owner)
        await house.hear(way.stored())
        ticket = await house.documents.open_content(OpenContent(document_id=way.id), house.owner)

        assert ticket.object_id == way.object_id
        assert "optics.pdf" in ticket.url

    async def test_text_waits_for_the_reading(self, store: FakeStore, house: House) -> None:
        way = await house.register()

        with pytest.raises(NoTextYet):
            await house.documents.open_text(OpenText(document_id=way.id), house.owner)
        await house.hear(way.stored())
        await house.hear(way.extract())
        text = await house.documents.open_text(OpenText(document_id=way.id), house.owner)

        kept = store.tables.documents[way.id].text
        assert kept is not None
        assert (text.ticket.object_id, text.text_version) == (kept.object_id, kept.version)


class TestHistory:
    async def test_it_tells_what_happened_in_order(self, house: House) -> None:
        way = await failed(house)

        told = await house.documents.tell_history(TellHistory(document_id=way.id), house.owner)

        assert [item.type for item in told.items] == [
            "document.uploaded",
            "storage.object-stored",
            "document.processing",
            "document.failed",
        ]
        assert told.items[-1].data == {
            "version": 1,
            "code": "encrypted",
            "detail": "it says so itself",
        }
        assert len({item.id for item in told.items}) == len(told.items)
