"""What every store of objects promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contracts.storage import ObjectDeleted, ObjectKind
from services.storage.model.announced import Announced
from services.storage.model.errors import Malware, Unacceptable
from services.storage.model.stored import Place, Spot, State, StoredObject
from services.storage.ports import Store
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery, new_id

DAY = timedelta(hours=24)
MIB = 1024 * 1024
OWNER = new_id()


def place(*, repeat_key: str | None = None, life: timedelta = DAY) -> StoredObject:
    return StoredObject.expected(
        OWNER, ObjectKind.DERIVED, "text/plain", repeat_key, now=datetime.now(UTC), life=life
    )


class StoreBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_what_was_put_is_found_again_as_it_was(self, store: Store) -> None:
        one = place().in_parts("7").checking().refused(Unacceptable("why")).deleted().emptied()
        one = one.announcing(Announced(17 * MIB, 8 * MIB))
        async with store.begin(Cause()) as tx:
            await tx.add(place())
            await tx.add(one)
            await tx.put(one)

        async with store.begin(Cause()) as tx:
            assert await tx.find(one.id) == one
            assert await tx.find(new_id()) is None
        assert await store.look(one.id) == one
        assert await store.look(new_id()) is None

    async def test_what_is_added_at_once_is_there_and_leaves_what_was(self, store: Store) -> None:
        one = place()

        await store.add(one)
        await store.add(replace(one, media_type="text/html"))

        assert await store.look(one.id) == one

    async def test_a_repeat_key_opens_the_same_object_until_it_is_deleted(
        self, store: Store
    ) -> None:
        key = uuid4().hex
        first, second, third = (place(repeat_key=key) for _ in range(3))

        async with store.begin(Cause()) as tx:
            assert await tx.add(first) == first
            assert await tx.add(second) == first
            await tx.put(first.deleted())
            assert await tx.add(third) == third

    async def test_the_same_object_twice_is_the_first_whatever_else_came_without_a_key(
        self, store: Store
    ) -> None:
        first, other = place(), place()

        async with store.begin(Cause()) as tx:
            await tx.add(other)
            await tx.add(first)
        async with store.begin(Cause()) as tx:
            again = await tx.add(first)

        assert again.id == first.id

    async def test_it_tells_what_there_is_and_where_its_bytes_may_lie(self, store: Store) -> None:
        waiting, checked = place().in_parts("7"), place().checking()
        gone, expired = place().in_parts("8").deleted(), place(life=-DAY)
        rows = (waiting, checked, gone, expired)
        spots = [Spot(Place.INCOMING, row.incoming) for row in rows]
        spots += [Spot(Place.SEALED, row.sealed) for row in rows]
        unknown = Spot(Place.SEALED, uuid4().hex)
        async with store.begin(Cause()) as tx:
            for row in rows:
                await tx.add(row)
                await tx.put(row)

        async with store.begin(Cause()) as tx:
            assert await tx.kept([row.id for row in rows]) == {waiting.id, checked.id, expired.id}
            assert checked.id in await tx.claimed(None, limit=1_000)
            assert checked.id not in await tx.claimed(checked.id, limit=1_000)
            overdue = set(await tx.overdue(datetime.now(UTC)))
            assert overdue & {row.id for row in rows} == {gone.id, expired.id}
            accounted = await tx.accounted([*spots, unknown])
            assert await tx.gathered(["7", "8", "9"]) == {"7"}
        assert accounted == {spot for spot in spots if spot.key not in {gone.incoming, gone.sealed}}

    async def test_only_what_nobody_asks_for_is_unclaimed(self, store: Store) -> None:
        fresh, claimed, expired = place(), place(life=-DAY).checking(), place(life=-DAY)
        arrived = place(life=-DAY).arrived(datetime.now(UTC) - DAY)
        refused = place().refused(Unacceptable("why"))
        in_parts = place().in_parts("7").refused(Unacceptable("why"))
        quarantined = place().in_parts("7").refused(Malware("why"))
        rows = (fresh, claimed, expired, arrived, refused, in_parts, quarantined)
        async with store.begin(Cause()) as tx:
            for one in rows:
                await tx.add(one)
                await tx.put(one)

        async with store.begin(Cause()) as tx:
            found = await tx.unclaimed(datetime.now(UTC), 10_000)

        ids = {one.id for one in found}
        assert ids & {one.id for one in rows} == {expired.id, arrived.id, in_parts.id}

    async def test_objects_are_found_by_where_their_bytes_come_in_deleted_or_not(
        self, store: Store
    ) -> None:
        expected, in_parts = place(), place().in_parts(uuid4().hex)
        deleted = place().deleted()
        async with store.begin(Cause()) as tx:
            for one in (expected, in_parts, deleted):
                await tx.add(one)

        async with store.begin(Cause()) as tx:
            whole = await tx.at([expected.incoming, deleted.incoming, "x"])
            gathering = await tx.gathering([in_parts.upload_id or "", "y"])

        assert {one.id: one.state for one in whole} == {
            expected.id: State.EXPECTED,
            deleted.id: State.DELETED,
        }
        assert [one.id for one in gathering] == [in_parts.id]

    async def test_an_error_takes_change_and_message_with_it(self, store: Store) -> None:
        one = place()
        with pytest.raises(ZeroDivisionError):
            async with store.begin(Cause()) as tx:
                await tx.add(one)
                await tx.say(ObjectDeleted(object_id=one.id, owner_id=one.owner_id), sequence=1)
                _ = 1 / 0

        async with store.begin(Cause()) as tx:
            assert await tx.find(one.id) is None

    async def test_what_is_heard_twice_is_handled_once(self, store: Store) -> None:
        one = place()
        cause = Cause(delivery=Delivery("storage-x", uuid4().hex))
        async with store.begin(cause) as tx:
            await tx.add(one)

        with pytest.raises(AlreadyHandled):
            async with store.begin(cause) as tx:
                await tx.put(one.deleted())

        async with store.begin(Cause()) as tx:
            found = await tx.find(one.id)
        assert found is not None
        assert found.state is State.EXPECTED
