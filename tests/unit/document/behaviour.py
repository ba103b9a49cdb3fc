"""What every store of documents promises."""

from datetime import timedelta
from uuid import UUID

import pytest

from contracts.document import DocumentDeleted, DocumentStatus
from services.document.model.allowance import Holdings
from services.document.model.collection import Collection
from services.document.model.document import Document
from services.document.model.facts import Failure, Text, Trouble
from services.document.model.keys import UploadKey
from services.document.ports import Happening, Store, Wanted
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery, new_id
from tests.unit.document.fakes import NOON

CAUSE = Cause()


def a_document(owner: UUID | None = None, **changes: object) -> Document:
    """Make a document as it is just after its registration."""
    facts: dict[str, object] = {
        "filename": "optics.pdf",
        "title": "Optics",
        "media_type": "application/pdf",
        "size": 1000,
        "sha256": "ab" * 32,
        "tags": ["physics"],
        "collection_id": None,
        "now": NOON,
        **changes,
    }
    return Document.registered(owner or new_id(), new_id(), **facts)  # type: ignore[arg-type]


def a_text(reading: int = 1) -> Text:
    """Make a text that was read with trouble."""
    troubles = (Trouble("no-text", "this page is a picture", 2),)
    return Text(reading, new_id(), "cd" * 32, characters=500, pages=3, troubles=troubles)


def happening(kind: str) -> Happening:
    """Make an entry of a history."""
    return Happening(new_id(), kind, NOON, {"version": 1, "code": "x"})


class StoreBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_what_was_put_is_found_again_as_it_was(self, store: Store) -> None:
        one = a_document().checked("application/pdf", "cd" * 32).read_as(a_text())
        other = a_document().failed(1, Failure("encrypted", "locked", quarantined=True))

        async with store.begin(CAUSE) as tx:
            await tx.put(one)
            await tx.put(other)

        async with store.begin(CAUSE) as tx:
            assert await tx.find(one.id) == one
            assert await tx.find_by_object(other.object_id) == other
            assert await tx.find(new_id()) is None
            assert await tx.find_by_object(new_id()) is None
        assert await store.look(one.id) == one
        assert await store.look(new_id()) is None

    async def test_an_error_takes_change_and_message_with_it(self, store: Store) -> None:
        document = a_document()

        with pytest.raises(ZeroDivisionError):
            async with store.begin(CAUSE) as tx:
                await tx.put(document)
                await tx.say(DocumentDeleted(document_id=document.id, owner_id=document.owner_id))
                _ = 1 / 0

        async with store.begin(CAUSE) as tx:
            assert await tx.find(document.id) is None

    async def test_a_message_counts_once_for_each_listener(self, store: Store) -> None:
        name = str(new_id())
        async with store.begin(Cause(delivery=Delivery("one", name))):
            pass
        async with store.begin(Cause(delivery=Delivery("other", name))):
            pass

        with pytest.raises(AlreadyHandled):
            async with store.begin(Cause(delivery=Delivery("one", name))) as tx:
                await tx.put(a_document())

    async def test_a_failed_handling_leaves_the_message_open(self, store: Store) -> None:
        cause = Cause(delivery=Delivery("one", str(new_id())))
        with pytest.raises(ZeroDivisionError):
            async with store.begin(cause):
                _ = 1 / 0

        async with store.begin(cause) as tx:
            assert await tx.find(new_id()) is None

    async def test_lists_show_the_newest_first_and_only_the_owners(self, store: Store) -> None:
        owner = new_id()
        mine = [a_document(owner, title=f"number {number}") for number in range(5)]
        async with store.begin(CAUSE) as tx:
            for document in (*mine, a_document(), mine[2].forgotten()):
                await tx.put(document)

        async with store.begin(CAUSE) as tx:
            first = await tx.listed(Wanted(owner, 3))
            rest = await tx.listed(Wanted(owner, 3, before=first[-1].id))

        assert list(first) == [mine[4], mine[3], mine[1]]
        assert list(rest) == [mine[0]]

    async def test_lists_are_filtered_by_status_tag_collection_and_words(
        self, store: Store
    ) -> None:
        owner, shelf = new_id(), new_id()
        plain = a_document(owner)
        tagged = a_document(owner, tags=["art", "50%_off"], title="Étude 100%")
        shelved = a_document(owner, collection_id=shelf, filename="Étude_7.pdf", title="x")
        ready = a_document(owner).read_as(a_text()).found_by_search(1, 7)
        async with store.begin(CAUSE) as tx:
            await tx.put_collection(Collection(shelf, owner, "Shelf", NOON, NOON))
            for document in (plain, tagged, shelved, ready):
                await tx.put(document)

        async with store.begin(CAUSE) as tx:
            by_status = await tx.listed(Wanted(owner, 9, status=DocumentStatus.READY))
            by_tag = await tx.listed(Wanted(owner, 9, tag="50%_off"))
            by_shelf = await tx.listed(Wanted(owner, 9, collection_id=shelf))
            by_words = await tx.listed(Wanted(owner, 9, words="étude"))
            by_per_cent = await tx.listed(Wanted(owner, 9, words="100%"))
            by_blank = await tx.listed(Wanted(owner, 9, words="e_7"))

        assert [one.id for one in by_status] == [ready.id]
        assert [one.id for one in by_tag] == [tagged.id]
        assert [one.id for one in by_shelf] == [shelved.id]
        assert [one.id for one in by_words] == [shelved.id, tagged.id]
        assert [one.id for one in by_per_cent] == [tagged.id]
        assert [one.id for one in by_blank] == [shelved.id]

    async def test_holdings_count_what_is_not_deleted(self, store: Store) -> None:
        owner = new_id()
        async with store.begin(CAUSE) as tx:
            await tx.put(a_document(owner, size=5_000_000_000))
            await tx.put(a_document(owner, size=7))
            await tx.put(a_document(owner, size=9).forgotten())

        async with store.begin(CAUSE) as tx:
            assert await tx.holdings(owner) == Holdings(documents=2, size=5_000_000_007)
            assert await tx.holdings(new_id()) == Holdings(documents=0, size=0)
        assert await store.holdings(owner) == Holdings(documents=2, size=5_000_000_007)
        assert await store.holdings(new_id()) == Holdings(documents=0, size=0)

    async def test_holdings_follow_what_changes(self, store: Store) -> None:
        owner = new_id()
        one, other = a_document(owner, size=5), a_document(owner, size=7)
        async with store.begin(CAUSE) as tx:
            await tx.put(one)
            await tx.put(one.edited("Another title", None))
            await tx.put(other)

        async with store.begin(CAUSE) as tx:
            await tx.put(one.forgotten())
            await tx.put(one.forgotten())

        assert await store.holdings(owner) == Holdings(documents=1, size=7)

    async def test_a_key_is_remembered_for_a_day_and_for_its_user(self, store: Store) -> None:
        user, document = new_id(), new_id()
        name = str(new_id())
        async with store.begin(CAUSE) as tx:
            await tx.put_key((await tx.key(user, name, NOON)).spent_on(document, "print"))

        async with store.begin(CAUSE) as tx:
            kept = await tx.key(user, name, NOON + timedelta(hours=23))
            foreign = await tx.key(new_id(), name, NOON)
            later = await tx.key(user, name, NOON + timedelta(hours=24))

        assert kept == UploadKey(user, name, NOON, document_id=document, fingerprint="print")
        assert foreign.document_id is None
        assert later.document_id is None

    async def test_a_held_key_is_found_with_its_holder(self, store: Store) -> None:
        user, name = new_id(), str(new_id())
        async with store.begin(CAUSE) as tx:
            held = (await tx.key(user, name, NOON)).held_by(new_id(), NOON)
            await tx.put_key(held)

        async with store.begin(CAUSE) as tx:
            assert await tx.key(user, name, NOON) == held

    async def test_a_history_keeps_the_order(self, store: Store) -> None:
        document = a_document()
        entries = [happening(f"document.{number}") for number in range(4)]
        async with store.begin(CAUSE) as tx:
            await tx.put(document)
            for entry in entries:
                await tx.note(document.id, entry)

        async with store.begin(CAUSE) as tx:
            assert list(await tx.history(document.id, most=9)) == entries
            assert list(await tx.history(document.id, most=1)) == entries[-1:]
            assert list(await tx.history(new_id(), most=9)) == []

    async def test_forgetting_erases_the_history_and_leaves_the_key_spent(
        self, store: Store
    ) -> None:
        document, name = a_document(), str(new_id())
        async with store.begin(CAUSE) as tx:
            await tx.put(document)
            await tx.note(document.id, happening("document.uploaded"))
            key = await tx.key(document.owner_id, name, NOON)
            await tx.put_key(key.spent_on(document.id, "print"))

        async with store.begin(CAUSE) as tx:
            await tx.forget(document.id)

        async with store.begin(CAUSE) as tx:
            assert list(await tx.history(document.id, most=9)) == []
            key = await tx.key(document.owner_id, name, NOON)
        assert (key.document_id, key.fingerprint) == (document.id, None)
