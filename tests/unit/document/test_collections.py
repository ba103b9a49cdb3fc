"""Collections as their owners use them."""

import pytest

from contracts.collection import (
    Collection,
    CreateCollection,
    DeleteCollection,
    DescribeCollection,
    EditCollection,
    ListCollections,
    TellEdited,
)
from contracts.document import DocumentEdited, EditDocument, ListDocuments
from services.document.model.allowance import QuotaExceeded
from services.document.model.errors import CollectionNotFound, NobodyAsks
from services.document.model.keys import IdempotencyKeyReused
from services.document.model.labels import BadLabel
from shared.cause import Cause, new_id
from shared.cursor import BadCursor
from tests.unit.document.fakes import FakeStore
from tests.unit.document.world import World


async def _made(world: World, name: str = "Physics", **more: str) -> Collection:
    return await world.collections.create(CreateCollection(name=name, **more), world.owner)


class TestCreate:
    async def test_it_is_empty_under_a_tidy_name(self, world: World) -> None:
        made = await _made(world, "  Physics\t II ")

        assert (made.name, made.document_count) == ("Physics II", 0)

    async def test_two_may_have_one_name(self, world: World) -> None:
        assert (await _made(world)).id != (await _made(world)).id

    @pytest.mark.parametrize("name", ["", " \t", "x" * 201])
    async def test_a_name_has_one_to_two_hundred_characters(self, world: World, name: str) -> None:
        with pytest.raises(BadLabel, match="1 to 200"):
            await _made(world, name)

    async def test_nobody_makes_none(self, world: World) -> None:
        with pytest.raises(NobodyAsks):
            await world.collections.create(CreateCollection(name="x"), Cause())

    async def test_the_same_key_gives_the_first_again(self, world: World) -> None:
        first = await _made(world, idempotency_key="k", fingerprint="a")

        assert await _made(world, idempotency_key="k", fingerprint="a") == first
        with pytest.raises(IdempotencyKeyReused):
            await _made(world, "Art", idempotency_key="k", fingerprint="b")

    async def test_a_key_whose_collection_was_deleted_says_so(self, world: World) -> None:
        first = await _made(world, idempotency_key="k", fingerprint="a")
        await world.collections.delete(DeleteCollection(collection_id=first.id), world.owner)

        with pytest.raises(CollectionNotFound, match="send a new key"):
            await _made(world, idempotency_key="k", fingerprint="a")

    async def test_there_is_an_end_to_how_many(self, world: World, store: FakeStore) -> None:
        for _ in range(world.most_collections):
            await _made(world)

        with pytest.raises(QuotaExceeded) as refused:
            await _made(world, idempotency_key="k", fingerprint="a")
        assert refused.value.members == {"limit": 3}
        assert store.tables.collection_keys == {}


class TestForeign:
    async def test_it_is_not_found_by_any_verb(self, world: World) -> None:
        shelf, stranger = await _made(world), Cause(actor=new_id())
        verbs = world.collections

        with pytest.raises(CollectionNotFound):
            await verbs.describe(DescribeCollection(collection_id=shelf.id), stranger)
        with pytest.raises(CollectionNotFound):
            await verbs.edit(EditCollection(collection_id=shelf.id, name="x"), stranger)
        with pytest.raises(CollectionNotFound):
            await verbs.delete(DeleteCollection(collection_id=shelf.id), stranger)
        with pytest.raises(CollectionNotFound):
            await world.registration.register(world.upload(collection_id=shelf.id), stranger)
        assert (await verbs.list(ListCollections(), stranger)).items == []
        assert (await verbs.list(ListCollections(), world.owner)).items == [shelf]


class TestDocuments:
    async def test_they_are_put_in_when_they_come_or_later_and_taken_out(
        self, world: World, store: FakeStore
    ) -> None:
        shelf, other = await _made(world), await _made(world, "Art")
        way = await world.register(collection_id=shelf.id)

        for edit, where in (
            (EditDocument(document_id=way.id, collection_id=other.id), other.id),
            (EditDocument(document_id=way.id, title="Light"), other.id),
            (EditDocument(document_id=way.id, uncollect=True), None),
        ):
            edited = await world.documents.edit(edit, world.owner)
            assert edited.collection_id == where
        assert DocumentEdited(document_id=way.id, owner_id=way.owner_id) in store.words

    async def test_a_list_shows_what_is_in_one(self, world: World) -> None:
        shelf = await _made(world)
        inside = await world.register(collection_id=shelf.id)
        await world.register()

        listed = await world.documents.list(ListDocuments(collection_id=shelf.id), world.owner)
        counted = await world.collections.describe(
            DescribeCollection(collection_id=shelf.id), world.owner
        )

        assert [one.id for one in listed.items] == [inside.id]
        assert counted.document_count == 1

    async def test_they_outlive_it_and_the_mesh_is_told(
        self, world: World, store: FakeStore
    ) -> None:
        shelf = await _made(world)
        ways = [await world.register(collection_id=shelf.id) for _ in range(103)]
        gone = await world.register(collection_id=shelf.id)
        await world.collections.delete(DeleteCollection(collection_id=shelf.id), world.owner)
        await world.delete(gone)

        told = [word for word in store.words if isinstance(word, TellEdited)]
        for word in told:
            await world.hear(word)

        assert [len(word.document_ids) for word in told] == [100, 4]
        edited = {one.document_id for one in store.words if isinstance(one, DocumentEdited)}
        assert edited == {way.id for way in ways}
        assert all([(await world.describe(way)).collection_id is None for way in ways])


class TestList:
    async def test_pages_meet_and_keep_to_their_list(self, world: World) -> None:
        shelves = [await _made(world) for _ in range(3)]
        await world.register()
        await world.register()
        first = await world.collections.list(ListCollections(limit=2), world.owner)
        rest = await world.collections.list(
            ListCollections(limit=2, cursor=first.next_cursor), world.owner
        )

        assert [one.id for one in (*first.items, *rest.items)] == [
            one.id for one in reversed(shelves)
        ]
        assert rest.next_cursor is None
        with pytest.raises(BadCursor):
            await world.documents.list(ListDocuments(cursor=first.next_cursor), world.owner)
        documents = await world.documents.list(ListDocuments(limit=1), world.owner)
        with pytest.raises(BadCursor, match="the same filters"):
            await world.documents.list(
                ListDocuments(limit=1, tag="physics", cursor=documents.next_cursor), world.owner
            )


class TestEdit:
    async def test_it_is_called_otherwise_and_stays_what_it_is(self, world: World) -> None:
        shelf = await _made(world)
        await world.register(collection_id=shelf.id)
        world.clock.pass_by(minutes=1)

        renamed = await world.collections.edit(
            EditCollection(collection_id=shelf.id, name="Optics"), world.owner
        )
        same = await world.collections.edit(EditCollection(collection_id=shelf.id), world.owner)

        assert (renamed.id, renamed.name, renamed.document_count) == (shelf.id, "Optics", 1)
        assert renamed.updated_at > shelf.updated_at
        assert same == renamed
