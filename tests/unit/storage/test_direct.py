"""Direct uploads: what is there, and when they are complete."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.storage import (
    ArrivedPart,
    CheckObject,
    CloseUpload,
    DiscardUpload,
    ObjectKind,
    ObjectStored,
    OpenPart,
    OpenUpload,
    TellParts,
    UploadOpened,
)
from services.storage.check import Checks, Examiner
from services.storage.model.errors import (
    NeverArrived,
    NoSuchPart,
    NotAnnounced,
    ObjectClosed,
    ObjectNotFound,
    SizeMismatch,
    TooLarge,
)
from services.storage.model.stored import State
from services.storage.service import Storage
from services.storage.uploads.direct import DirectUploads
from services.storage.uploads.sweep import Sweeper
from shared.cause import Cause, new_id
from tests.unit.storage.behaviour import MIB
from tests.unit.storage.fakes import FakeObjects, FakeSniffer, FakeStore
from tests.unit.storage.terms import TERMS

OWNER, STRANGER = Cause(actor=new_id()), Cause(actor=new_id())
LINE = b"Light bends when it enters water.\n"
SMALL = LINE * 10
LARGE = (LINE * (20 * MIB // len(LINE) + 1))[: 20 * MIB]
PARTS = [LARGE[: 8 * MIB], LARGE[8 * MIB : 16 * MIB], LARGE[16 * MIB :]]


class World:
    """Storage in memory, and somebody who uploads to it directly."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.objects = FakeObjects()
        self.examiner = Examiner(self.objects, 100 * MIB)
        self.storage = Storage(self.store, self.objects, self.examiner, TERMS)
        self.uploads = DirectUploads(self.store, self.objects)

    async def open(self, size: int, cause: Cause = OWNER) -> UploadOpened:
        asked = OpenUpload(object_kind=ObjectKind.ORIGINAL, size=size, public=True)
        return await self.storage.open_upload(asked, cause)

    async def part_url(self, object_id: UUID, number: int, cause: Cause = OWNER) -> str:
        asked = OpenPart(object_id=object_id, number=number, public=True)
        return (await self.storage.open_part(asked, cause)).url

    async def send(self, object_id: UUID, *parts: bytes, first: int = 1) -> None:
        for number, part in enumerate(parts, start=first):
            await self.objects.deliver(await self.part_url(object_id, number), part)

    async def parts(self, object_id: UUID) -> list[tuple[int, int]]:
        told = await self.uploads.tell_parts(TellParts(object_id=object_id), OWNER)
        return [(part.number, part.size) for part in told.parts]

    async def close(self, object_id: UUID, cause: Cause = OWNER) -> None:
        await self.uploads.close(CloseUpload(object_id=object_id), cause)

    async def check(self, object_id: UUID, size: int, sha256: str = "") -> None:
        checks = Checks(self.store, self.objects, self.examiner, FakeSniffer())
        heard = CheckObject(object_id=object_id, size=size, sha256=sha256, filename_suffix=".txt")
        await checks.check(heard, OWNER)

    def state(self, object_id: UUID) -> State:
        return self.store.rows[object_id].state


@pytest.fixture
def world() -> World:
    return World()


class TestInOnePiece:
    async def test_the_whole_is_told_and_closed_once_it_came(self, world: World) -> None:
        opened = await world.open(len(SMALL))
        before = await world.parts(opened.object_id)
        await world.objects.deliver(opened.whole.url, SMALL)

        after = await world.parts(opened.object_id)
        await world.close(opened.object_id)

        assert (before, after) == ([], [(1, len(SMALL))])
        assert await world.parts(opened.object_id) == [(1, len(SMALL))]
        assert world.state(opened.object_id) is State.ARRIVED

    async def test_its_ticket_lives_as_long_as_the_upload(self, world: World) -> None:
        opened = await world.open(len(SMALL))

        assert opened.whole.expires_at == opened.expires_at
        assert opened.expires_at - datetime.now(UTC) > timedelta(hours=23)

    @pytest.mark.parametrize(("content", "kept"), [(SMALL[:-1], True), (SMALL + b".", False)])
    async def test_another_size_is_refused_what_is_too_much_thrown_away_and_it_may_be_mended(
        self, world: World, content: bytes, kept: bool
    ) -> None:
        opened = await world.open(len(SMALL))
        await world.objects.deliver(opened.whole.url, content)

        with pytest.raises(SizeMismatch, match=f"{len(SMALL)} bytes, received {len(content)}"):
            await world.close(opened.object_id)
        assert await world.parts(opened.object_id) == [(1, len(content))] * kept
        assert len(world.objects.incoming) == kept

        await world.objects.deliver(opened.whole.url, SMALL)
        await world.close(opened.object_id)

    async def test_nothing_is_no_upload(self, world: World) -> None:
        opened = await world.open(len(SMALL))

        with pytest.raises(NeverArrived):
            await world.close(opened.object_id)

    async def test_bytes_written_after_it_was_complete_are_never_read(self, world: World) -> None:
        opened = await world.open(len(SMALL))
        await world.objects.deliver(opened.whole.url, SMALL)
        await world.close(opened.object_id)
        await world.check(opened.object_id, len(SMALL))

        await world.objects.deliver(opened.whole.url, b"other bytes")

        assert world.objects.kept == [SMALL]


class TestInParts:
    async def test_parts_come_in_any_order_and_make_one(self, world: World) -> None:
        opened = await world.open(len(LARGE))
        await world.send(opened.object_id, PARTS[2], first=3)
        seen = await world.parts(opened.object_id)
        await world.send(opened.object_id, *PARTS[:2])

        await world.close(opened.object_id)
        await world.check(opened.object_id, len(LARGE))

        assert seen == [(3, 4 * MIB)]
        assert await world.parts(opened.object_id) == [(1, 8 * MIB), (2, 8 * MIB), (3, 4 * MIB)]
        assert world.objects.kept == [LARGE]
        (said,) = world.store.said
        assert isinstance(said, ObjectStored)
        assert said.size == len(LARGE)

    async def test_a_part_sent_again_counts_once(self, world: World) -> None:
        opened = await world.open(len(LARGE))
        await world.send(opened.object_id, PARTS[0], b"half of it", PARTS[2])
        with pytest.raises(SizeMismatch, match="Part 2 has 10 bytes"):
            await world.close(opened.object_id)

        await world.send(opened.object_id, PARTS[1], first=2)
        await world.send(opened.object_id, PARTS[1], first=2)

        assert await world.parts(opened.object_id) == [(1, 8 * MIB), (2, 8 * MIB), (3, 4 * MIB)]
        await world.close(opened.object_id)
        assert world.objects.kept == [LARGE]

    async def test_a_part_that_is_too_large_takes_all_with_it_and_all_may_come_again(
        self, world: World
    ) -> None:
        opened = await world.open(len(LARGE))
        await world.send(opened.object_id, PARTS[0], PARTS[1] + b".", PARTS[2])

        with pytest.raises(SizeMismatch, match=r"Part 2 has .* nothing of it was kept"):
            await world.close(opened.object_id)
        assert (await world.parts(opened.object_id), world.objects.uploads) == ([], {})

        await world.send(opened.object_id, *PARTS)
        await world.close(opened.object_id)
        assert world.objects.kept == [LARGE]

    async def test_a_missing_part_leaves_it_open(self, world: World) -> None:
        opened = await world.open(len(LARGE))
        await world.send(opened.object_id, *PARTS[:2])

        with pytest.raises(SizeMismatch, match="part 3 has not come"):
            await world.close(opened.object_id)

        assert world.state(opened.object_id) is State.EXPECTED

    @pytest.mark.parametrize("number", [4, 10_000])
    async def test_there_are_no_further_parts(self, world: World, number: int) -> None:
        opened = await world.open(len(LARGE))

        with pytest.raises(NoSuchPart):
            await world.part_url(opened.object_id, number)

    async def test_once_complete_it_takes_no_part_under_old_tickets_or_new(
        self, world: World
    ) -> None:
        opened = await world.open(len(LARGE))
        old = await world.part_url(opened.object_id, 1)
        await world.send(opened.object_id, *PARTS)
        for _ in range(2):
            await world.close(opened.object_id)

        with pytest.raises(LookupError):
            await world.objects.deliver(old, PARTS[1])
        with pytest.raises(ObjectClosed):
            await world.part_url(opened.object_id, 1)

        assert world.objects.kept == [LARGE]

    async def test_killed_after_joining_it_is_complete_the_next_time(self, world: World) -> None:
        opened = await world.open(len(LARGE))
        await world.send(opened.object_id, *PARTS)
        row = world.store.rows[opened.object_id]
        await world.close(opened.object_id)
        world.store.rows[opened.object_id] = row

        seen = await world.parts(opened.object_id)
        await world.close(opened.object_id)

        assert seen == [(1, 8 * MIB), (2, 8 * MIB), (3, 4 * MIB)]
        assert world.state(opened.object_id) is State.ARRIVED

    async def test_what_does_not_pass_its_check_leaves_no_bytes(self, world: World) -> None:
        opened = await world.open(len(LARGE))
        await world.send(opened.object_id, *PARTS)
        await world.close(opened.object_id)

        await world.check(opened.object_id, len(LARGE), sha256="0" * 64)

        assert world.state(opened.object_id) is State.REFUSED
        assert world.objects.kept == []


class TestOthers:
    async def test_nobody_else_sees_fills_or_completes_it(self, world: World) -> None:
        opened = await world.open(len(LARGE))

        with pytest.raises(ObjectNotFound):
            await world.uploads.tell_parts(TellParts(object_id=opened.object_id), STRANGER)
        with pytest.raises(ObjectNotFound):
            await world.part_url(opened.object_id, 1, STRANGER)
        with pytest.raises(ObjectNotFound):
            await world.close(opened.object_id, STRANGER)

    async def test_what_was_not_announced_is_no_direct_upload(self, world: World) -> None:
        asked = OpenUpload(object_kind=ObjectKind.ORIGINAL)
        opened = await world.storage.open_upload(asked, OWNER)

        with pytest.raises(NotAnnounced):
            await world.close(opened.object_id)

    async def test_what_is_larger_than_is_taken_is_not_begun(self, world: World) -> None:
        with pytest.raises(TooLarge):
            await world.open(100 * MIB + 1)


class TestGivenUp:
    async def test_discarding_drops_the_parts(self, world: World) -> None:
        opened = await world.open(len(LARGE))
        await world.send(opened.object_id, PARTS[0])

        await world.storage.discard(DiscardUpload(object_id=opened.object_id), OWNER)

        assert world.objects.uploads == {}

    async def test_after_a_day_nothing_is_left_of_it_complete_or_not(self, world: World) -> None:
        half, whole, small = [await world.open(size) for size in (20 * MIB, 20 * MIB, 340)]
        await world.send(half.object_id, PARTS[0])
        await world.send(whole.object_id, *PARTS)
        await world.objects.deliver(small.whole.url, SMALL)
        await world.close(whole.object_id)
        later = datetime.now(UTC) + timedelta(hours=26)
        tomorrow = Sweeper(world.store, world.objects, world.examiner, now=lambda: later)

        await tomorrow.sweep()

        states = {world.state(one.object_id) for one in (half, whole, small)}
        assert states == {State.DELETED}
        assert (world.objects.uploads, world.objects.incoming, world.objects.kept) == ({}, {}, [])

    async def test_parts_are_told_as_they_are(self, world: World) -> None:
        opened = await world.open(len(LARGE))
        told = await world.uploads.tell_parts(TellParts(object_id=opened.object_id), OWNER)
        assert (told.size, told.parts) == (len(LARGE), [])

        await world.send(opened.object_id, PARTS[0])

        told = await world.uploads.tell_parts(TellParts(object_id=opened.object_id), OWNER)
        assert told.parts == [ArrivedPart(number=1, size=8 * MIB)]
