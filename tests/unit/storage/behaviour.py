"""What every object store and every store of objects promises."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import uuid4

import pytest

from contracts.storage import ObjectDeleted, ObjectKind
from services.storage.model import State, StoredObject, Unacceptable
from services.storage.ports import Arrived, Changed, Objects, PartsUnfit, Store
from shared.cause import Cause, Delivery, new_id
from shared.database import AlreadyHandled

LIFE = timedelta(minutes=5)
DAY = timedelta(hours=24)
MIB = 1024 * 1024
OWNER = new_id()


def place(*, repeat_key: str | None = None, life: timedelta = DAY) -> StoredObject:
    return StoredObject.expected(
        OWNER, ObjectKind.DERIVED, "text/plain", repeat_key, now=datetime.now(UTC), life=life
    )


class Carrier(Protocol):
    """Uses passes as somebody outside does."""

    async def deliver(self, url: str, content: bytes) -> None: ...
    async def collect(self, url: str) -> bytes | None: ...


async def delivered(objects: Objects, carrier: Carrier, content: bytes) -> tuple[str, Arrived]:
    incoming = uuid4().hex
    await carrier.deliver(objects.upload_pass(incoming, life=LIFE, public=False).url, content)
    arrived = await objects.arrived(incoming)
    assert arrived is not None
    return incoming, arrived


async def collected(objects: Objects, carrier: Carrier, sealed: str) -> bytes | None:
    entry = objects.download_pass(
        sealed, filename="ä b.txt", media_type="text/plain", life=LIFE, public=False
    )
    return await carrier.collect(entry.url)


class ObjectsBehaviour:
    """Inherit, provide `objects` and `carrier`, and be held to it."""

    async def test_preparing_twice_is_fine(self, objects: Objects) -> None:
        await objects.prepare()
        await objects.prepare()

    async def test_what_was_delivered_has_arrived_and_reads_the_same(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        content = bytes(range(256)) * 5000

        incoming, arrived = await delivered(objects, carrier, content)

        assert arrived.size == len(content)
        read = [chunk async for chunk in objects.chunks(incoming, arrived.etag)]
        assert b"".join(read) == content
        assert len(read) > 1

    async def test_what_never_came_has_not_arrived(self, objects: Objects) -> None:
        assert await objects.arrived(uuid4().hex) is None

    async def test_nothing_at_all_can_arrive_too(self, objects: Objects, carrier: Carrier) -> None:
        incoming, arrived = await delivered(objects, carrier, b"")

        assert arrived.size == 0
        assert [chunk async for chunk in objects.chunks(incoming, arrived.etag)] == []

    async def test_other_bytes_than_those_seen_are_neither_read_nor_sealed(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        incoming, arrived = await delivered(objects, carrier, b"seen")
        url = objects.upload_pass(incoming, life=LIFE, public=False).url
        await carrier.deliver(url, b"swapped")

        with pytest.raises(Changed):
            _ = [chunk async for chunk in objects.chunks(incoming, arrived.etag)]
        with pytest.raises(Changed):
            await objects.seal(incoming, sealed := uuid4().hex, arrived.etag)

        assert await collected(objects, carrier, sealed) is None

    async def test_what_is_sealed_stays_whatever_is_written_later(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        incoming, arrived = await delivered(objects, carrier, b"checked")

        await objects.seal(incoming, sealed := uuid4().hex, arrived.etag)
        await objects.seal(incoming, sealed, arrived.etag)
        await carrier.deliver(
            objects.upload_pass(incoming, life=LIFE, public=False).url, b"written later"
        )

        assert await collected(objects, carrier, sealed) == b"checked"

    async def test_what_is_gone_cannot_be_sealed(self, objects: Objects) -> None:
        with pytest.raises(Changed):
            await objects.seal(uuid4().hex, uuid4().hex, "0" * 32)

    async def test_parts_make_one_object_in_their_order_also_when_joined_twice(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(incoming := uuid4().hex)
        for number, content in ((2, b"end"), (1, b"a" * 5 * MIB)):
            entry = objects.part_pass(incoming, upload_id, number, life=LIFE, public=False)
            await carrier.deliver(entry.url, content)

        await objects.join_parts(incoming, upload_id)
        await objects.join_parts(incoming, upload_id)

        arrived = await objects.arrived(incoming)
        assert arrived is not None
        read = [chunk async for chunk in objects.chunks(incoming, arrived.etag)]
        assert b"".join(read) == b"a" * 5 * MIB + b"end"
        await objects.seal(incoming, sealed := uuid4().hex, arrived.etag)
        assert await collected(objects, carrier, sealed) == b"a" * 5 * MIB + b"end"

    async def test_parts_too_small_to_join_are_unfit(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(incoming := uuid4().hex)
        for number in (1, 2):
            entry = objects.part_pass(incoming, upload_id, number, life=LIFE, public=False)
            await carrier.deliver(entry.url, b"tiny")

        with pytest.raises(PartsUnfit):
            await objects.join_parts(incoming, upload_id)

    async def test_joining_no_parts_makes_nothing(self, objects: Objects) -> None:
        upload_id = await objects.begin_parts(incoming := uuid4().hex)

        await objects.join_parts(incoming, upload_id)

        assert await objects.arrived(incoming) is None

    async def test_erasing_leaves_nothing_and_may_be_repeated(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        incoming, arrived = await delivered(objects, carrier, b"going")
        await objects.seal(incoming, sealed := uuid4().hex, arrived.etag)
        upload_id = await objects.begin_parts(incoming)

        for _ in range(2):
            await objects.erase_incoming(incoming, upload_id)
            await objects.erase_sealed(sealed)

        assert await objects.arrived(incoming) is None
        assert await collected(objects, carrier, sealed) is None

    async def test_only_what_lay_long_enough_is_left_over(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        incoming, _ = await delivered(objects, carrier, b"lying about")
        now = datetime.now(UTC)

        assert incoming not in await objects.left_over(now - timedelta(minutes=1))
        assert incoming in await objects.left_over(now + timedelta(minutes=1))

    async def test_only_parts_gathered_long_enough_are_abandoned(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(incoming := uuid4().hex)
        entry = objects.part_pass(incoming, upload_id, 1, life=LIFE, public=False)
        await carrier.deliver(entry.url, b"kept")
        now = datetime.now(UTC)

        await objects.abandon_parts(now - timedelta(minutes=1))
        await objects.join_parts(incoming, upload_id)
        abandoned = await objects.begin_parts(later := uuid4().hex)
        await carrier.deliver(
            objects.part_pass(later, abandoned, 1, life=LIFE, public=False).url, b"dropped"
        )
        await objects.abandon_parts(now + timedelta(minutes=1))
        await objects.join_parts(later, abandoned)

        assert await objects.arrived(incoming) is not None
        assert await objects.arrived(later) is None


class StoreBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_what_was_put_is_found_again_as_it_was(self, store: Store) -> None:
        one = place().in_parts("7").checking().refused(Unacceptable("why")).deleted().emptied()
        async with store.begin(Cause()) as tx:
            await tx.add(place())
            await tx.add(one)
            await tx.put(one)

        async with store.begin(Cause()) as tx:
            assert await tx.find(one.id) == one
            assert await tx.find(new_id()) is None

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

    async def test_only_expected_objects_that_expired_are_unclaimed(self, store: Store) -> None:
        fresh, claimed, expired = place(), place(life=-DAY).checking(), place(life=-DAY)
        async with store.begin(Cause()) as tx:
            for one in (fresh, claimed, expired):
                await tx.add(one)

        async with store.begin(Cause()) as tx:
            found = await tx.unclaimed(datetime.now(UTC), 10_000)

        ids = {one.id for one in found}
        assert expired.id in ids
        assert not ids & {fresh.id, claimed.id}

    async def test_keys_are_awaited_until_their_object_is_settled(self, store: Store) -> None:
        expected, checking = place(), place().checking()
        stored = place().stored(size=1, sha256="0", media_type="text/plain")
        async with store.begin(Cause()) as tx:
            for one in (expected, checking, stored):
                await tx.add(one)

        async with store.begin(Cause()) as tx:
            awaited = await tx.awaited([expected.incoming, checking.incoming, stored.incoming, "x"])

        assert awaited == {expected.incoming, checking.incoming}

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
