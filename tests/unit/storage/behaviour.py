"""What every object store and every store of objects promises."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import uuid4

import pytest

from services.storage.model.announced import Piece
from services.storage.model.stored import Place, Spot
from services.storage.ports import Arrived, Changed, Objects, PartsUnfit
from shared.cause import new_id

LIFE = timedelta(minutes=5)
DAY = timedelta(hours=24)
MIB = 1024 * 1024
OWNER = new_id()


def coming(key: str) -> Spot:
    return Spot(Place.INCOMING, key)


def joined(key: str) -> Spot:
    return Spot(Place.SEALED, key)


class Carrier(Protocol):
    """Uses passes as somebody outside does."""

    async def deliver(self, url: str, content: bytes) -> None: ...
    async def collect(self, url: str) -> bytes | None: ...


async def delivered(objects: Objects, carrier: Carrier, content: bytes) -> tuple[str, Arrived]:
    incoming = uuid4().hex
    await carrier.deliver(objects.upload_pass(incoming, life=LIFE, public=False).url, content)
    arrived = await objects.arrived(coming(incoming))
    assert arrived is not None
    return incoming, arrived


async def send_part(
    objects: Objects,
    carrier: Carrier,
    where: tuple[str, str, int],
    content: bytes,
    *,
    fails: bool = False,
) -> None:
    url = objects.part_pass(*where, life=LIFE, public=False).url
    with pytest.raises(Exception, match="404") if fails else nullcontext():
        await carrier.deliver(url, content)


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
        read = [chunk async for chunk in objects.chunks(coming(incoming), arrived.etag)]
        assert b"".join(read) == content
        assert len(read) > 1

    async def test_what_never_came_has_not_arrived(self, objects: Objects) -> None:
        assert await objects.arrived(coming(uuid4().hex)) is None

    async def test_nothing_at_all_can_arrive_too(self, objects: Objects, carrier: Carrier) -> None:
        incoming, arrived = await delivered(objects, carrier, b"")

        assert arrived.size == 0
        assert [chunk async for chunk in objects.chunks(coming(incoming), arrived.etag)] == []

    async def test_other_bytes_than_those_seen_are_neither_read_nor_sealed(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        incoming, arrived = await delivered(objects, carrier, b"seen")
        url = objects.upload_pass(incoming, life=LIFE, public=False).url
        await carrier.deliver(url, b"swapped")

        with pytest.raises(Changed):
            _ = [chunk async for chunk in objects.chunks(coming(incoming), arrived.etag)]
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

    async def test_what_came_along_lies_sealed_and_is_read_whole_until_it_is_erased(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        content = bytes(range(256)) * 500
        sealed = uuid4().hex
        for _ in range(2):
            await objects.keep(sealed, content)

        assert await objects.whole(sealed) == content
        assert await collected(objects, carrier, sealed) == content

        await objects.erase(joined(sealed))

        assert await objects.whole(sealed) is None
        assert await objects.whole(uuid4().hex) is None

    async def test_what_was_sealed_is_read_whole_too(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        incoming, arrived = await delivered(objects, carrier, b"checked")
        await objects.seal(incoming, sealed := uuid4().hex, arrived.etag)

        assert await objects.whole(sealed) == b"checked"

    async def test_what_is_gone_cannot_be_sealed(self, objects: Objects) -> None:
        with pytest.raises(Changed):
            await objects.seal(uuid4().hex, uuid4().hex, "0" * 32)

    async def test_parts_make_one_sealed_object_in_their_order_also_when_joined_twice(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(sealed := uuid4().hex)
        for number, content in ((2, b"end"), (1, b"a" * 5 * MIB)):
            await send_part(objects, carrier, (sealed, upload_id, number), content)

        came = await objects.parts(sealed, upload_id)
        await objects.join_parts(sealed, upload_id, came)
        await objects.join_parts(sealed, upload_id, came)

        assert [(piece.number, piece.size) for piece in came] == [(1, 5 * MIB), (2, 3)]
        assert await objects.parts(sealed, upload_id) == []
        arrived = await objects.arrived(joined(sealed))
        assert arrived is not None
        read = [chunk async for chunk in objects.chunks(joined(sealed), arrived.etag)]
        assert b"".join(read) == b"a" * 5 * MIB + b"end"
        assert await collected(objects, carrier, sealed) == b"a" * 5 * MIB + b"end"

    async def test_of_a_part_that_was_sent_again_the_last_sending_counts(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(sealed := uuid4().hex)
        for content in (b"first", b"second", b"third"):
            await send_part(objects, carrier, (sealed, upload_id, 1), content)

        came = await objects.parts(sealed, upload_id)
        await objects.join_parts(sealed, upload_id, came)

        assert {piece.number for piece in came} == {1}
        assert await collected(objects, carrier, sealed) == b"third"

    async def test_only_the_parts_that_are_named_are_joined(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(sealed := uuid4().hex)
        for number, content in ((1, b"wanted"), (1, b"unwanted"), (2, b"more")):
            await send_part(objects, carrier, (sealed, upload_id, number), content)

        came = await objects.parts(sealed, upload_id)
        wanted = [piece for piece in came if piece.size == len(b"wanted")]
        await objects.join_parts(sealed, upload_id, wanted)

        assert await collected(objects, carrier, sealed) == b"wanted"

    async def test_parts_sent_after_they_were_joined_change_nothing(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(sealed := uuid4().hex)
        await send_part(objects, carrier, (sealed, upload_id, 1), b"joined")
        await objects.join_parts(sealed, upload_id, await objects.parts(sealed, upload_id))

        await send_part(objects, carrier, (sealed, upload_id, 1), b"too late", fails=True)

        assert await objects.parts(sealed, upload_id) == []
        assert await collected(objects, carrier, sealed) == b"joined"

    async def test_parts_too_small_to_join_are_unfit(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(sealed := uuid4().hex)
        for number in (1, 2):
            await send_part(objects, carrier, (sealed, upload_id, number), b"tiny")

        with pytest.raises(PartsUnfit):
            await objects.join_parts(sealed, upload_id, await objects.parts(sealed, upload_id))

    async def test_dropped_parts_are_gone_and_no_more_are_taken(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        upload_id = await objects.begin_parts(sealed := uuid4().hex)
        await send_part(objects, carrier, (sealed, upload_id, 1), b"going")

        for _ in range(2):
            await objects.drop_parts(sealed, upload_id)
        await send_part(objects, carrier, (sealed, upload_id, 2), b"late", fails=True)
        await objects.join_parts(sealed, upload_id, [Piece(1, 5, "0" * 32)])

        assert await objects.parts(sealed, upload_id) == []
        assert await objects.arrived(joined(sealed)) is None

    async def test_erasing_leaves_nothing_and_may_be_repeated(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        incoming, arrived = await delivered(objects, carrier, b"going")
        await objects.seal(incoming, sealed := uuid4().hex, arrived.etag)

        for _ in range(2):
            await objects.erase(coming(incoming))
            await objects.erase(joined(sealed))

        assert await objects.arrived(coming(incoming)) is None
        assert await collected(objects, carrier, sealed) is None

    async def test_it_names_what_lies_there_and_what_still_gathers(
        self, objects: Objects, carrier: Carrier
    ) -> None:
        incoming, arrived = await delivered(objects, carrier, b"seal me")
        sealed, other = uuid4().hex, uuid4().hex
        await objects.seal(incoming, sealed, arrived.etag)
        gathering = await objects.begin_parts(other)
        dropped = await objects.begin_parts(other)
        await objects.drop_parts(other, dropped)

        named = {
            place: {laid.key: laid async for some in objects.lying(place) for laid in some}
            for place in Place
        }
        begun = {one.upload_id: one for one in await objects.gathering()}

        assert sealed in named[Place.SEALED]
        assert not {sealed, other} & named[Place.INCOMING].keys()
        assert named[Place.INCOMING][incoming].size == len(b"seal me")
        assert dropped not in begun
        assert begun[gathering].sealed == other
        a_minute, now = timedelta(minutes=1), datetime.now(UTC)
        assert abs(now - named[Place.INCOMING][incoming].at) < a_minute
        assert abs(now - begun[gathering].at) < a_minute
