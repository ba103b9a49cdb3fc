"""What lies in the buckets and what others refer to, compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from contracts.orphans import WhichObjectsKept
from contracts.storage import ObjectKind
from services.storage.inventory import HOLDERS, Inventory
from services.storage.model.errors import Empty
from services.storage.model.stored import StoredObject
from services.storage.ports import Transaction
from shared.cause import Cause, new_id
from tests.holding import Holding
from tests.unit.storage.fakes import FakeObjects, FakeStore, Lying

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=2)


@dataclass
class World:
    """An inventory with everything that it compares."""

    store: FakeStore = field(default_factory=FakeStore)
    objects: FakeObjects = field(default_factory=FakeObjects)
    holding: Holding = field(default_factory=Holding)

    @property
    def inventory(self) -> Inventory:
        return Inventory(self.store, self.objects, self.holding, lambda: NOW)

    async def put(self, *places: StoredObject) -> None:
        async with self.store.begin(Cause()) as tx:
            for place in places:
                await _add(tx, place)

    async def look(self) -> Mapping[str, set[str]]:
        return await self.inventory.look(Cause())

    def lay(self, incoming: str = "", sealed: str = "", at: datetime = LONG_AGO) -> None:
        for place, key in ((self.objects.incoming, incoming), (self.objects.sealed, sealed)):
            if key:
                place[key] = Lying(b"x", at)


@pytest.fixture
def world() -> World:
    return World()


def _place(kind: ObjectKind = ObjectKind.ORIGINAL) -> StoredObject:
    return StoredObject.expected(new_id(), kind, "text/plain", now=NOW, life=timedelta(hours=24))


def _stored(kind: ObjectKind = ObjectKind.ORIGINAL) -> StoredObject:
    return _place(kind).checking().stored(size=1, sha256="ab", media_type="text/plain")


class TestLook:
    async def test_what_is_held_waits_or_was_refused_is_no_orphan(self, world: World) -> None:
        original, text = _stored(), _stored(ObjectKind.DERIVED)
        refused, waiting = _place().checking().refused(Empty()), _place()
        await world.put(original, text, refused, waiting, _stored().deleted().emptied())
        documents, passages = HOLDERS
        world.holding.ids = {documents: {original.id, refused.id}, passages: {text.id}}
        world.lay(incoming=waiting.incoming)
        world.lay(sealed=original.sealed)
        world.lay(sealed=text.sealed)

        found = await world.look()

        assert found
        assert not any(found.values())

    async def test_an_object_that_nobody_holds_is_found(self, world: World) -> None:
        lonely = _stored()
        await world.put(lonely, _place())

        assert (await world.look())["object"] == {str(lonely.id)}

    async def test_what_should_be_gone_by_now_is_found(self, world: World) -> None:
        deleted = _stored().deleted()
        expired = StoredObject.expected(
            new_id(), ObjectKind.ORIGINAL, "x", now=NOW - timedelta(days=2), life=timedelta(days=1)
        )
        await world.put(deleted, expired)

        assert (await world.look())["object-overdue"] == {str(deleted.id), str(expired.id)}

    async def test_bytes_of_no_object_are_found_in_both_places(self, world: World) -> None:
        gone, stored = _stored().deleted().emptied(), _stored()
        await world.put(gone, stored)
        world.holding.ids = {HOLDERS[0]: {stored.id}}
        world.lay(incoming="left", sealed="nobodys")
        world.lay(incoming=stored.incoming, sealed=gone.sealed)

        found = await world.look()

        assert found["bytes-incoming"] == {"left", stored.incoming}
        assert found["bytes-sealed"] == {"nobodys", gone.sealed}

    async def test_what_the_next_sweep_takes_is_not_found(self, world: World) -> None:
        stored = _stored()
        await world.put(stored)
        world.holding.ids = {HOLDERS[0]: {stored.id}}
        world.lay(incoming=stored.incoming, at=NOW - timedelta(minutes=10))
        begun = await world.objects.begin_parts("killed before the commit")
        world.objects.uploads[begun].begun = NOW - timedelta(minutes=10)

        assert not any((await world.look()).values())

    async def test_parts_that_nobody_joins_are_found(self, world: World) -> None:
        awaited, forgotten = _place(), _place()
        awaited = awaited.in_parts(await world.objects.begin_parts(awaited.sealed))
        lost = await world.objects.begin_parts(forgotten.sealed)
        world.objects.uploads[lost].begun = LONG_AGO
        await world.put(awaited, forgotten.in_parts(lost).deleted().emptied())

        assert (await world.look())["parts"] == {lost}


class TestWhichKept:
    async def test_a_deleted_object_is_not_kept(self, world: World) -> None:
        kept, gone = _stored(), _stored().deleted()
        await world.put(kept, gone)

        asked = WhichObjectsKept(ids=[kept.id, gone.id, new_id()])

        assert (await world.inventory.which_kept(asked, Cause())).ids == [kept.id]


async def _add(tx: Transaction, place: StoredObject) -> None:
    await tx.add(place)
    await tx.put(place)
