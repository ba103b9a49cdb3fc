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
from tests.unit.document.world import World, failed, ready


class TestForeignDocuments:
    async def test_they_are_not_found_by_any_verb(self, store: FakeStore, world: World) -> None:
        way = await ready(world)
        stranger = World(store)

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

    async def test_administrators_find_them_no_more_than_others(self, world: World) -> None:
        way = await ready(world)
        administrator = Cause(actor=new_id(), role="administrator")

        with pytest.raises(DocumentNotFound):
            await world.documents.open_text(OpenText(document_id=way.id), administrator)


class TestLists:
    async def test_pages_follow_each_other_without_gap_or_repetition(self, world: World) -> None:
        ways = [await world.register(title=f"number {number}") for number in range(5)]

        first = await world.documents.list(ListDocuments(limit=2), world.owner)
        second = await world.documents.list(
            ListDocuments(limit=2, cursor=first.next_cursor), world.owner
        )
        third = await world.documents.list(
            ListDocuments(limit=2, cursor=second.next_cursor), world.owner
        )

        listed = [item.id for page in (first, second, third) for item in page.items]
        assert listed == [way.id for way in reversed(ways)]
        assert third.next_cursor is None

    async def test_a_page_is_short_where_more_would_not_fit_into_one_answer(
        self, world: World
    ) -> None:
        tags = [f"{number} {chr(0x1F600) * 90}" for number in range(50)]
        ways = [await world.register(title=f"number {number}", tags=tags) for number in range(40)]

        asked, found = ListDocuments(limit=100), []
        for _ in ways:
            page = await world.documents.list(asked, world.owner)
            assert len(page.model_dump_json()) < 600_000
            found += [item.id for item in page.items]
            if page.next_cursor is None:
                break
            asked = ListDocuments(limit=100, cursor=page.next_cursor)

        assert found == [way.id for way in reversed(ways)]

    @pytest.mark.parametrize("cursor", ["x", "not a cursor", "AAAA", "ü" * 22])
    async def test_an_invented_cursor_is_refused(self, world: World, cursor: str) -> None:
        with pytest.raises(BadCursor, match="Pass `next_cursor`"):
            await world.documents.list(ListDocuments(cursor=cursor), world.owner)

    async def test_odd_words_find_nothing_and_harm_nothing(self, world: World) -> None:
        await world.register()

        page = await world.documents.list(ListDocuments(q="\0%_", tag="\0"), world.owner)

        assert page.items == []


class TestEdit:
    async def test_it_changes_what_is_given(self, store: FakeStore, world: World) -> None:
        way = await world.register(tags=["a"])

        edited = await world.documents.edit(
            EditDocument(document_id=way.id, title="  Light\nand  colour "), world.owner
        )

        assert (edited.title, edited.tags) == ("Light and colour", ["a"])
        assert isinstance(store.words[-1], DocumentEdited)

    async def test_nothing_new_is_not_said(self, store: FakeStore, world: World) -> None:
        way = await world.register(title="Light")
        said = len(store.said)

        await world.documents.edit(EditDocument(document_id=way.id, title="Light"), world.owner)

        assert len(store.said) == said

    async def test_an_unknown_collection_is_refused_and_holds_nothing(
        self, store: FakeStore, world: World
    ) -> None:
        way, shelf = await world.register(), new_id()
        said = len(store.said)

        with pytest.raises(CollectionNotFound):
            await world.register(collection_id=shelf)
        with pytest.raises(CollectionNotFound):
            await world.documents.edit(
                EditDocument(document_id=way.id, title="x", collection_id=shelf), world.owner
            )

        listed = await world.documents.list(ListDocuments(collection_id=shelf), world.owner)
        assert listed.items == []
        assert (await world.describe(way)).title == "optics"
        assert len(store.said) == said

    async def test_an_empty_title_is_refused(self, world: World) -> None:
        way = await world.register()

        with pytest.raises(BadLabel):
            await world.documents.edit(EditDocument(document_id=way.id, title=" "), world.owner)


class TestDelete:
    async def test_every_object_of_it_is_deleted_too(self, store: FakeStore, world: World) -> None:
        way = await ready(world)
        text = store.tables.documents[way.id].text
        assert text is not None

        await world.delete(way)

        assert store.words[-3:] == [
            DocumentDeleted(document_id=way.id, owner_id=way.owner_id),
            DeleteObject(object_id=way.object_id),
            DeleteObject(object_id=text.object_id),
        ]

    async def test_not_one_word_of_it_stays(self, store: FakeStore, world: World) -> None:
        way = await world.register(title="secret plans", filename="plans.pdf", tags=["secret"])

        await world.delete(way)

        tombstone = store.tables.documents[way.id]
        assert (tombstone.title, tombstone.filename, tombstone.tags) == ("", "", ())
        assert (tombstone.sha256, tombstone.size, tombstone.media_type) == ("", 0, "")
        assert store.tables.histories == {}

    async def test_from_then_on_it_is_not_found(self, world: World) -> None:
        way = await ready(world)

        await world.delete(way)

        for verb in (world.describe, world.delete, world.retry, world.cancel):
            with pytest.raises(DocumentNotFound, match="None of your documents has this id"):
                await verb(way)
        assert (await world.documents.list(ListDocuments(), world.owner)).items == []


class TestReading:
    async def test_content_waits_for_the_check(self, world: World) -> None:
        way = await world.register()

        with pytest.raises(NotChecked, match="still being checked"):
            await world.documents.open_content(OpenContent(document_id=way.id), world.owner)
        await world.hear(way.stored())
        ticket = await world.documents.open_content(OpenContent(document_id=way.id), world.owner)

        assert ticket.object_id == way.object_id
        assert "optics.pdf" in ticket.url

    async def test_text_waits_for_the_reading(self, store: FakeStore, world: World) -> None:
        way = await world.register()

        with pytest.raises(NoTextYet, match="still being read"):
            await world.documents.open_text(OpenText(document_id=way.id), world.owner)
        await world.hear(way.stored())
        await world.hear(way.extract())
        text = await world.documents.open_text(OpenText(document_id=way.id), world.owner)

        kept = store.tables.documents[way.id].text
        assert kept is not None
        assert (text.ticket.object_id, text.text_version) == (kept.object_id, kept.version)

    async def test_what_was_never_checked_or_read_says_where_to_find_why(
        self, world: World
    ) -> None:
        way = await world.register()
        await world.hear(way.refused())

        with pytest.raises(NotChecked, match="`error` tell why"):
            await world.documents.open_content(OpenContent(document_id=way.id), world.owner)
        with pytest.raises(NoTextYet, match="`error` tell why"):
            await world.documents.open_text(OpenText(document_id=way.id), world.owner)


class TestHistory:
    async def test_it_tells_what_happened_in_order(self, world: World) -> None:
        way = await failed(world)

        told = await world.documents.tell_history(TellHistory(document_id=way.id), world.owner)

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
        self, world: World
    ) -> None:
        way = await ready(world)
        await world.documents.edit(EditDocument(document_id=way.id, title="x"), world.owner)
        await world.hear(way.progressed(90))
        stopped = await world.register()
        await world.cancel(stopped)

        told = await world.documents.tell_history(TellHistory(document_id=way.id), world.owner)
        other = await world.documents.tell_history(TellHistory(document_id=stopped.id), world.owner)

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
