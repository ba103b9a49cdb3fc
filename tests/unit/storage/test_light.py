"""Light objects: kept in one request, the same however often, and nothing is left of the rest."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.storage import (
    LIGHT,
    DeleteObject,
    DiscardUpload,
    KeepObject,
    ObjectKind,
    OpenDownload,
    OpenPart,
)
from services.storage.check import Checks, Examiner
from services.storage.model.errors import ObjectClosed, ObjectNotFound, TooLarge
from services.storage.model.stored import State
from services.storage.service import Storage
from services.storage.uploads.light import LightObjects
from services.storage.uploads.recent import Recent
from services.storage.uploads.sweep import Sweeper
from shared.cause import Cause, new_id
from shared.problems import Away
from tests.unit.storage.behaviour import DAY, MIB
from tests.unit.storage.fakes import FakeObjects, FakeSniffer, FakeStore
from tests.unit.storage.terms import TERMS
from tests.unit.storage.test_check import OWNER, delivery, heard

TEXT = b"Light bends when it enters water."
ORIGINAL, DERIVED = ObjectKind.ORIGINAL, ObjectKind.DERIVED


class _Flaky(FakeObjects):
    """Goes away, once its bytes are kept or before, as often as it is told to."""

    behind = 0
    before = 0

    async def keep(self, sealed: str, content: bytes) -> None:
        if self.before:
            self.before -= 1
            raise Away("before")
        await super().keep(sealed, content)
        if self.behind:
            self.behind -= 1
            raise Away("behind")


@dataclass
class World:
    """Storage on fakes."""

    store: FakeStore = field(default_factory=FakeStore)
    objects: _Flaky = field(default_factory=_Flaky)

    @property
    def light(self) -> LightObjects:
        return LightObjects(self.store, self.objects, DAY)

    @property
    def examiner(self) -> Examiner:
        return Examiner(self.objects, 100 * MIB)

    @property
    def storage(self) -> Storage:
        return Storage(self.store, self.objects, self.examiner, TERMS)

    async def keep(self, kind: ObjectKind, content: bytes = TEXT, **ids: UUID) -> UUID:
        asked = KeepObject(object_id=ids.get("as_", new_id()), object_kind=kind, content=content)
        return (await self.light.keep(asked, OWNER)).object_id

    async def check(self, object_id: UUID, content: bytes = TEXT) -> None:
        checks = Checks(self.store, self.objects, self.examiner, FakeSniffer())
        await checks.check(heard(object_id, content), delivery("1"))

    async def read(self, object_id: UUID, cause: Cause = OWNER) -> bytes | None:
        asked = OpenDownload(object_id=object_id, light=True)
        return (await self.storage.open_download(asked, cause)).content

    def state(self, object_id: UUID) -> State:
        return self.store.rows[object_id].state


@pytest.fixture
def world() -> World:
    return World()


class TestKeep:
    async def test_what_a_service_made_is_read_at_once_by_its_owner_alone(
        self, world: World
    ) -> None:
        object_id = await world.keep(DERIVED)

        assert await world.read(object_id) == TEXT
        with pytest.raises(ObjectNotFound):
            await world.read(object_id, Cause(actor=new_id()))

    async def test_what_somebody_brought_is_read_once_it_passed_its_check(
        self, world: World
    ) -> None:
        object_id = await world.keep(ORIGINAL)
        with pytest.raises(ObjectNotFound):
            await world.read(object_id)

        await world.check(object_id)

        assert await world.read(object_id) == TEXT
        assert world.objects.kept == [TEXT]

    async def test_its_check_writes_once_for_no_ticket_is_there_to_be_closed(
        self, world: World
    ) -> None:
        object_id = await world.keep(ORIGINAL)
        before = world.store.begun

        await world.check(object_id)

        assert world.store.begun == before + 1

    async def test_what_did_not_pass_is_taken_away(self, world: World) -> None:
        object_id = await world.keep(ORIGINAL)

        await world.check(object_id, b"something else was announced")

        assert world.state(object_id) is State.REFUSED
        assert world.objects.kept == []

    @pytest.mark.parametrize("kind", ObjectKind)
    async def test_kept_again_it_is_the_same_object_and_other_bytes_are_refused(
        self, world: World, kind: ObjectKind
    ) -> None:
        object_id = await world.keep(kind)

        assert await world.keep(kind, as_=object_id) == object_id
        with pytest.raises(ObjectClosed):
            await world.keep(kind, b"other", as_=object_id)

        assert world.objects.kept == [TEXT]

    @pytest.mark.parametrize("kind", ObjectKind)
    @pytest.mark.parametrize("moment", ["before", "behind"])
    async def test_broken_off_at_any_point_it_is_kept_when_asked_again(
        self, world: World, kind: ObjectKind, moment: str
    ) -> None:
        object_id = new_id()
        setattr(world.objects, moment, 1)
        with suppress(Away):
            await world.keep(kind, as_=object_id)

        await world.keep(kind, as_=object_id)

        assert world.objects.kept == [TEXT]

    async def test_nobody_takes_anothers_id(self, world: World) -> None:
        object_id = await world.keep(DERIVED)
        asked = KeepObject(object_id=object_id, object_kind=DERIVED, content=TEXT)

        with pytest.raises(ObjectNotFound):
            await world.light.keep(asked, Cause(actor=new_id()))

    async def test_what_is_not_light_does_not_come_along(self, world: World) -> None:
        await world.keep(DERIVED, bytes(LIGHT))
        with pytest.raises(TooLarge):
            await world.keep(DERIVED, bytes(LIGHT + 1))

    async def test_no_ticket_adds_to_it(self, world: World) -> None:
        object_id = await world.keep(DERIVED)

        with pytest.raises(ObjectClosed):
            await world.storage.open_part(OpenPart(object_id=object_id, number=1), OWNER)


class TestEnd:
    @pytest.mark.parametrize("kind", ObjectKind)
    async def test_deleted_it_is_gone_and_does_not_come_back(
        self, world: World, kind: ObjectKind
    ) -> None:
        object_id = await world.keep(kind)

        await world.storage.delete(DeleteObject(object_id=object_id), OWNER)

        assert world.objects.kept == []
        with pytest.raises(ObjectNotFound):
            await world.keep(kind, as_=object_id)
        assert world.objects.kept == []

    async def test_given_up_before_its_check_it_is_gone(self, world: World) -> None:
        object_id = await world.keep(ORIGINAL)

        await world.storage.discard(DiscardUpload(object_id=object_id), OWNER)

        assert world.objects.kept == []

    async def test_what_nobody_claims_or_a_kill_left_is_swept(self, world: World) -> None:
        unclaimed = await world.keep(ORIGINAL)
        refused = await world.keep(ORIGINAL)
        await world.check(refused, b"something else was announced")
        row = world.store.rows[refused]
        await world.objects.keep(row.sealed, TEXT)
        later = row.expires_at + timedelta(seconds=1)
        sweeper = Sweeper(world.store, world.objects, world.examiner, lambda: later)

        await sweeper.sweep()
        await sweeper.sweep()

        assert world.objects.kept == []
        assert (world.state(unclaimed), world.state(refused)) == (State.DELETED, State.REFUSED)


class TestRecent:
    def test_it_forgets_the_oldest_beyond_its_room(self) -> None:
        recent = Recent(room=10)
        for key in "abc":
            recent.add(key, key.encode() * 5)
        recent.add("c", b"ccccc")
        recent.drop("b")
        recent.drop("none")
        recent.add("d", b"ddddd")

        found = [recent.find(key) for key in "abcd"]

        assert found == [None, None, b"ccccc", b"ddddd"]
