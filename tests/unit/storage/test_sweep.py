"""What nobody claimed, what came late and what came beyond what was announced."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.storage import DiscardUpload, ObjectKind, OpenPart, OpenUpload, UploadOpened
from services.storage.check import Examiner
from services.storage.model.stored import State
from services.storage.service import Storage
from services.storage.uploads.sweep import STRAY, Sweeper
from shared.cause import Cause, new_id
from tests.unit.storage.behaviour import MIB
from tests.unit.storage.fakes import FakeObjects, FakeStore
from tests.unit.storage.terms import TERMS
from tests.unit.storage.test_service import TEXT, seal

OWNER = Cause(actor=new_id())
LARGE = 20 * MIB


def the_time_is(time: datetime) -> Callable[[], datetime]:
    return lambda: time


class World:
    """Storage in memory, somebody who uploads, and a sweeper at any time."""

    def __init__(self) -> None:
        self.store, self.objects = FakeStore(), FakeObjects()
        self.examiner = Examiner(self.objects, 100 * MIB)
        self.storage = self.storage_in(timedelta())

    def storage_in(self, later: timedelta) -> Storage:
        now = the_time_is(datetime.now(UTC) + later)
        return Storage(self.store, self.objects, self.examiner, TERMS, now=now)

    async def sweep(self, later: timedelta = timedelta()) -> int:
        now = the_time_is(datetime.now(UTC) + later)
        return await Sweeper(self.store, self.objects, self.examiner, now=now).sweep()

    async def derived(self, storage: Storage) -> UploadOpened:
        opened = await storage.open_upload(OpenUpload(object_kind=ObjectKind.DERIVED), OWNER)
        await self.objects.deliver(opened.whole.url, TEXT)
        return opened

    async def announced(self, size: int) -> UploadOpened:
        asked = OpenUpload(object_kind=ObjectKind.ORIGINAL, size=size, public=True)
        return await self.storage.open_upload(asked, OWNER)

    async def send(self, object_id: UUID, number: int, content: bytes) -> None:
        asked = OpenPart(object_id=object_id, number=number, public=True)
        await self.objects.deliver((await self.storage.open_part(asked, OWNER)).url, content)

    def state(self, opened: UploadOpened) -> State:
        return self.store.rows[opened.object_id].state


@pytest.fixture
def world() -> World:
    return World()


class TestUnclaimed:
    async def test_one_sweep_clears_however_many_somebody_left(self, world: World) -> None:
        yesterday = world.storage_in(-timedelta(hours=25))
        left = [await world.derived(yesterday) for _ in range(250)]

        assert await world.sweep() == len(left)

        assert {world.state(one) for one in left} == {State.DELETED}
        assert not world.objects.incoming

    async def test_what_nobody_claimed_in_time_goes_and_the_rest_stays(self, world: World) -> None:
        yesterday = world.storage_in(-timedelta(hours=25))
        old, sealed = [await world.derived(yesterday) for _ in range(2)]
        await yesterday.seal(seal(sealed.object_id), OWNER)
        fresh = await world.derived(world.storage)

        assert await world.sweep() == 1

        states = [world.state(one) for one in (old, sealed, fresh)]
        assert states == [State.DELETED, State.STORED, State.EXPECTED]
        assert len(world.objects.incoming) == len(world.objects.sealed) == 1
        assert world.store.said == []


class TestLate:
    async def test_bytes_written_after_the_use_of_their_address_go_at_once(
        self, world: World
    ) -> None:
        opened = await world.derived(world.storage)
        await world.storage.seal(seal(opened.object_id), OWNER)
        await world.objects.deliver(opened.whole.url, b"late")

        assert await world.sweep() == 1

        assert world.objects.incoming == {}
        assert world.objects.kept == [TEXT]

    async def test_bytes_written_after_the_upload_was_given_up_go_at_once(
        self, world: World
    ) -> None:
        opened = await world.announced(len(TEXT))
        await world.storage.discard(DiscardUpload(object_id=opened.object_id), OWNER)
        await world.objects.deliver(opened.whole.url, TEXT)

        assert await world.sweep() == 1

        assert world.objects.incoming == {}

    async def test_bytes_and_parts_of_no_object_go_once_they_are_old(self, world: World) -> None:
        await world.objects.deliver("fake:whole/nobodys", b"stray")
        await world.objects.begin_parts("begun, and killed before the commit")

        assert await world.sweep(STRAY - timedelta(minutes=1)) == 0
        assert await world.sweep(STRAY + timedelta(minutes=1)) == 2

        assert (world.objects.incoming, world.objects.uploads) == ({}, {})


class TestTooMuch:
    async def test_what_was_announced_stays_and_the_upload_too(self, world: World) -> None:
        whole, parts = await world.announced(len(TEXT)), await world.announced(LARGE)
        await world.objects.deliver(whole.whole.url, TEXT)
        for _ in range(2):
            await world.send(parts.object_id, 3, bytes(4 * MIB))

        assert await world.sweep() == 0

        assert len(world.objects.incoming) == len(world.objects.uploads) == 1

    async def test_more_in_one_piece_is_thrown_away(self, world: World) -> None:
        opened = await world.announced(len(TEXT))
        await world.objects.deliver(opened.whole.url, TEXT + b"!")

        assert await world.sweep() == 1

        assert world.objects.incoming == {}
        assert world.state(opened) is State.EXPECTED

    @pytest.mark.parametrize("parts", [[(3, 4 * MIB + 1)], [(1, 8 * MIB)] * 6])
    async def test_a_part_too_large_or_again_and_again_takes_all_parts_with_it(
        self, world: World, parts: list[tuple[int, int]]
    ) -> None:
        opened = await world.announced(LARGE)
        for number, size in parts:
            await world.send(opened.object_id, number, bytes(size))

        assert await world.sweep() == 1

        assert world.objects.uploads == {}
        await world.send(opened.object_id, 1, bytes(8 * MIB))
        assert await world.sweep() == 0
