"""What people may do with their documents, and what is said when they do."""

import pytest

from contracts.document import (
    DocumentDeleted,
    DocumentEdited,
    EditDocument,
    ListDocuments,
    OpenContent,
    OpenText,
    TellHistory,
)
from contracts.storage import DeleteObject
from services.document.model.errors import (
    CollectionNotFound,
    DocumentNotFound,
    NotChecked,
    NoTextYet,
)
from services.document.model.labels import BadLabel
from shared.cause import Cause, new_id
from shared.cursor import BadCursor
from tests.unit.document.fakes import FakeStore
from tests.unit.document.house import House, failed, ready


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

    async def test_a_page_is_short_where_more_would_not_fit_into_one_answer(
        self, house: House
    ) -> None:
        tags = [f"{number} {chr(0x1F600) * 90}" for number in range(50)]
        ways = [await house.register(title=f"number {number}", tags=tags) for number in range(40)]

        asked, found = ListDocuments(limit=100), []
        for _ in ways:
            page = await house.documents.list(asked, house.owner)
            assert len(page.model_dump_json()) < 600_000
            found += [item.id for item in page.items]
            if page.next_cursor is None:
                break
            asked = ListDocuments(limit=100, cursor=page.next_cursor)

        assert found == [way.id for way in reversed(ways)]

    @pytest.mark.parametrize("cursor", ["x", "not a cursor", "AAAA", "ü" * 22])
    async def test_an_invented_cursor_is_refused(self, house: House, cursor: str) -> None:
        with pytest.raises(BadCursor, match="Pass `next_cursor`"):
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

    async def test_an_unknown_collection_is_refused_and_holds_nothing(
        self, store: FakeStore, house: House
    ) -> None:
        way, shelf = await house.register(), new_id()
        said = len(store.said)

        with pytest.raises(CollectionNotFound):
            await house.register(collection_id=shelf)
        with pytest.raises(CollectionNotFound):
            await house.documents.edit(
                EditDocument(document_id=way.id, title="x", collection_id=shelf), house.owner
            )

        listed = await house.documents.list(ListDocuments(collection_id=shelf), house.owner)
        assert listed.items == []
        assert (await house.describe(way)).title == "optics"
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
        assert (tombstone.sha256, tombstone.size, tombstone.media_type) == ("", 0, "")
        assert store.tables.histories == {}

    async def test_from_then_on_it_is_not_found(self, house: House) -> None:
        way = await ready(house)

        await house.delete(way)

        for verb in (house.describe, house.delete, house.retry, house.cancel):
            with pytest.raises(DocumentNotFound, match="None of your documents has this id"):
                await verb(way)
        assert (await house.documents.list(ListDocuments(), house.owner)).items == []


class TestReading:
    async def test_content_waits_for_the_check(self, house: House) -> None:
        way = await house.register()

        with pytest.raises(NotChecked, match="still being checked"):
            await house.documents.open_content(OpenContent(document_id=way.id), house.owner)
        await house.hear(way.stored())
        ticket = await house.documents.open_content(OpenContent(document_id=way.id), house.owner)

        assert ticket.object_id == way.object_id
        assert "optics.pdf" in ticket.url

    async def test_text_waits_for_the_reading(self, store: FakeStore, house: House) -> None:
        way = await house.register()

        with pytest.raises(NoTextYet, match="still being read"):
            await house.documents.open_text(OpenText(document_id=way.id), house.owner)
        await house.hear(way.stored())
        await house.hear(way.extract())
        text = await house.documents.open_text(OpenText(document_id=way.id), house.owner)

        kept = store.tables.documents[way.id].text
        assert kept is not None
        assert (text.ticket.object_id, text.text_version) == (kept.object_id, kept.version)

    async def test_what_was_never_checked_or_read_says_where_to_find_why(
        self, house: House
    ) -> None:
        way = await house.register()
        await house.hear(way.refused())

        with pytest.raises(NotChecked, match="`error` tell why"):
            await house.documents.open_content(OpenContent(document_id=way.id), house.owner)
        with pytest.raises(NoTextYet, match="`error` tell why"):
            await house.documents.open_text(OpenText(document_id=way.id), house.owner)


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

    async def test_what_others_did_and_what_the_owner_did_stand_there_too(
        self, house: House
    ) -> None:
        way = await ready(house)
        await house.documents.edit(EditDocument(document_id=way.id, title="x"), house.owner)
        await house.hear(way.progressed(90))
        stopped = await house.register()
        await house.cancel(stopped)

        told = await house.documents.tell_history(TellHistory(document_id=way.id), house.owner)
        other = await house.documents.tell_history(TellHistory(document_id=stopped.id), house.owner)

        assert [item.type for item in told.items] == [
            "document.uploaded",
            "storage.object-stored",
            "document.processing",
            "document.processed",
            "indexing.started",
            "indexing.progressed",
            "indexing.progressed",
            "search.document-indexed",
            "document.ready",
            "document.edited",
        ]
        assert [item.data.get("progress") for item in told.items[5:7]] == [30, 80]
        assert [item.type for item in other.items] == ["document.uploaded", "document.cancelled"]
