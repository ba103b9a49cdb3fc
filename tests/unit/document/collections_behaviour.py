"""What every store of documents promises about collections."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services.document.model.collection import Collection, CollectionKey
from services.document.ports import Store
from shared.cause import new_id
from tests.unit.document.behaviour import CAUSE, a_document, a_text
from tests.unit.document.fakes import NOON


class CollectionsBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_a_collection_counts_what_is_in_it_and_not_deleted(self, store: Store) -> None:
        owner = new_id()
        shelf, empty = Collection.made(owner, "Physics", NOON), Collection.made(owner, "Art", NOON)
        async with store.begin(CAUSE) as tx:
            await tx.put_collection(shelf)
            await tx.put_collection(empty)
            for document in (a_document(owner), a_document(owner)):
                await tx.put(document.put_into(shelf.id))
            await tx.put(a_document(owner).put_into(shelf.id).forgotten())

        async with store.begin(CAUSE) as tx:
            assert await tx.collection(shelf.id) == replace(shelf, documents=2)
            assert await tx.collection(empty.id, alone=True) == empty
            assert await tx.collection(new_id()) is None

    async def test_collections_are_listed_newest_first_and_only_the_owners(
        self, store: Store
    ) -> None:
        owner = new_id()
        mine = [Collection.made(owner, f"number {number}", NOON) for number in range(3)]
        async with store.begin(CAUSE) as tx:
            for one in (*mine, Collection.made(new_id(), "foreign", NOON)):
                await tx.put_collection(one)

        async with store.begin(CAUSE) as tx:
            first = await tx.collections(owner, limit=2, before=None)
            rest = await tx.collections(owner, limit=2, before=first[-1].id)
            assert await tx.count_collections(owner) == 3

        assert [*first, *rest] == mine[::-1]

    async def test_a_removed_collection_leaves_its_documents_in_none(self, store: Store) -> None:
        owner = new_id()
        shelf = Collection.made(owner, "Physics", NOON)
        inside, outside = a_document(owner).put_into(shelf.id), a_document(owner)
        async with store.begin(CAUSE) as tx:
            await tx.put_collection(shelf)
            await tx.put(inside)
            await tx.put(outside)

        async with store.begin(CAUSE) as tx:
            left = await tx.remove_collection(shelf.id)

        assert list(left) == [inside.id]
        async with store.begin(CAUSE) as tx:
            assert await tx.collection(shelf.id) is None
            assert await tx.find(inside.id) == inside.put_into(None)

    async def test_references_are_told_of_what_is_not_deleted(self, store: Store) -> None:
        text, other, page = a_text(), a_text(), new_id()
        read = a_document().read_as(text).keeping(other.object_id).checkpointed(page)
        gone, plain = a_document().read_as(a_text()), a_document()
        async with store.begin(CAUSE) as tx:
            for document in (read, plain, gone.forgotten()):
                await tx.put(document)

        objects = {read.object_id, text.object_id, other.object_id, page}
        asked = [*objects, gone.object_id, *gone.text_objects, new_id()]
        async with store.begin(CAUSE) as tx:
            assert await tx.living([read.id, gone.id, plain.id, new_id()]) == {read.id, plain.id}
            assert await tx.referred_to(asked) == objects
            told: dict[UUID, set[UUID]] = {}
            after = UUID(int=min(read.id, plain.id).int - 1)
            while page_ := await tx.references(after, limit=1):
                told.update(page_)
                after = max(page_)
        assert (told[read.id], told[plain.id]) == (objects, {plain.object_id})
        assert gone.id not in told

    async def test_a_key_keeps_its_first_collection_for_a_day(self, store: Store) -> None:
        first = CollectionKey(new_id(), "key", NOON, "print", new_id())
        again = replace(first, collection_id=new_id(), created_at=NOON + timedelta(hours=23))
        foreign = replace(first, user_id=new_id(), collection_id=new_id())
        late = replace(first, collection_id=new_id(), created_at=NOON + timedelta(hours=24))

        async with store.begin(CAUSE) as tx:
            kept = [await tx.collection_key(key) for key in (first, again, foreign, late)]

        assert kept == [first, first, foreign, late]
