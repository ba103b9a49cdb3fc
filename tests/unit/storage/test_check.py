"""The check of what people bring."""

import contextlib
import hashlib
import itertools
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import pytest

from contracts.storage import (
    CheckObject,
    DeleteObject,
    ObjectDeleted,
    ObjectKind,
    ObjectRefused,
    ObjectStored,
    OpenDownload,
    OpenPart,
    OpenUpload,
)
from services.storage.check import Checks, Examiner
from services.storage.content import EICAR, Guess
from services.storage.model.errors import ObjectNotFound
from services.storage.model.stored import State
from services.storage.service import Storage
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery, new_id
from tests.unit.storage.behaviour import MIB
from tests.unit.storage.fakes import FakeObjects, FakeSniffer, FakeStore
from tests.unit.storage.terms import TERMS

OWNER = Cause(actor=new_id())
TEXT = b"Light bends when it enters water."


@dataclass
class World:
    """Storage on fakes, and somebody who uploads."""

    store: FakeStore = field(default_factory=FakeStore)
    objects: FakeObjects = field(default_factory=FakeObjects)

    @property
    def checks(self) -> Checks:
        return Checks(self.store, self.objects, Examiner(self.objects, 100 * MIB), FakeSniffer())

    @property
    def storage(self) -> Storage:
        return Storage(self.store, self.objects, Examiner(self.objects, 100 * MIB), TERMS)

    async def upload(self, content: bytes | None, cause: Cause = OWNER) -> UUID:
        opened = await self.storage.open_upload(OpenUpload(object_kind=ObjectKind.ORIGINAL), cause)
        if content is not None:
            await self.objects.deliver(opened.whole.url, content)
        return opened.object_id

    def refusal(self) -> ObjectRefused:
        (said,) = self.store.said
        return cast(ObjectRefused, said)

    def state(self, object_id: UUID) -> State:
        return self.store.rows[object_id].state


@pytest.fixture
def world() -> World:
    return World()


def heard(
    object_id: UUID,
    content: bytes = TEXT,
    *,
    size: int | None = None,
    sha256: str | None = None,
    suffix: str = ".txt",
) -> CheckObject:
    return CheckObject(
        object_id=object_id,
        size=len(content) if size is None else size,
        sha256=sha256 or hashlib.sha256(content).hexdigest(),
        filename_suffix=suffix,
    )


def delivery(message_id: str) -> Cause:
    return Cause(
        actor=OWNER.actor, delivery=Delivery("storage-storage-check-object-v1", message_id)
    )


class TestCheck:
    async def test_what_was_announced_and_can_be_read_is_stored_and_said(
        self, world: World
    ) -> None:
        object_id = await world.upload(TEXT)

        await world.checks.check(heard(object_id), delivery("1"))

        assert world.store.said == [
            ObjectStored(
                object_id=object_id,
                owner_id=cast(UUID, OWNER.actor),
                size=len(TEXT),
                sha256=hashlib.sha256(TEXT).hexdigest(),
                media_type="text/plain",
            )
        ]
        assert world.store.sequences == [1]
        assert world.objects.incoming == {}
        ticket = await world.storage.open_download(OpenDownload(object_id=object_id), OWNER)
        assert await world.objects.collect(ticket.url) == TEXT

    async def test_what_came_in_parts_is_joined_first(self, world: World) -> None:
        object_id = await world.upload(None)
        content = b"a" * 8 * MIB + b"b"
        for number, part in ((1, content[: 8 * MIB]), (2, content[8 * MIB :])):
            asked = OpenPart(object_id=object_id, number=number)
            ticket = await world.storage.open_part(asked, OWNER)
            await world.objects.deliver(ticket.url, part)

        await world.checks.check(heard(object_id, content), delivery("1"))

        assert world.state(object_id) is State.STORED

    @pytest.mark.parametrize(
        ("content", "announced", "code"),
        [
            (None, {}, "not-uploaded"),
            (b"", {"size": 0, "sha256": hashlib.sha256(b"").hexdigest()}, "empty"),
            (TEXT, {"size": 7}, "size-mismatch"),
            (TEXT, {"sha256": "0" * 64}, "checksum-mismatch"),
            (bytes(101 * MIB), {"size": 101 * MIB, "sha256": "0"}, "too-large"),
            (TEXT, {"suffix": ".pdf"}, "unsupported-type"),
        ],
    )
    async def test_what_is_not_as_it_should_be_is_refused_with_its_code(
        self, world: World, content: bytes | None, announced: dict[str, str], code: str
    ) -> None:
        object_id = await world.upload(content)

        await world.checks.check(heard(object_id, **announced), delivery("1"))  # type: ignore[arg-type]

        assert world.refusal().code == code
        assert not world.refusal().quarantined
        assert world.objects.incoming == {}
        assert world.objects.sealed == {}
        with pytest.raises(ObjectNotFound):
            await world.storage.open_download(OpenDownload(object_id=object_id), OWNER)

    async def test_malware_is_set_apart_and_cannot_be_read(self, world: World) -> None:
        object_id = await world.upload(EICAR)

        await world.checks.check(heard(object_id, EICAR), delivery("1"))

        assert world.refusal().code == "malware"
        assert world.refusal().quarantined
        assert world.objects.kept == [EICAR]
        with pytest.raises(ObjectNotFound):
            await world.storage.open_download(OpenDownload(object_id=object_id), OWNER)

    async def test_bytes_swapped_between_check_and_copy_are_refused(self, world: World) -> None:
        object_id = await world.upload(TEXT)
        url = f"fake:whole/{world.store.rows[object_id].incoming}"
        lying = world.objects.incoming

        def swap() -> None:
            lying[url.removeprefix("fake:whole/")].content = b"something else"

        world.objects.before_seal = swap

        await world.checks.check(heard(object_id), delivery("1"))

        assert world.refusal().code == "checksum-mismatch"
        assert world.objects.sealed == {}

    async def test_a_check_that_died_before_its_end_is_done_again(self, world: World) -> None:
        object_id = await world.upload(TEXT)

        def die() -> None:
            raise ZeroDivisionError

        world.objects.before_seal = die
        with pytest.raises(ZeroDivisionError):
            await world.checks.check(heard(object_id), delivery("1"))
        world.objects.before_seal = lambda: None
        await world.checks.check(heard(object_id), delivery("1"))

        assert [type(said) for said in world.store.said] == [ObjectStored]

    async def test_a_redelivered_check_says_nothing_twice(self, world: World) -> None:
        object_id = await world.upload(TEXT)
        await world.checks.check(heard(object_id), delivery("1"))

        with pytest.raises(AlreadyHandled):
            await world.checks.check(heard(object_id), delivery("1"))

        assert len(world.store.said) == 1

    async def test_who_asks_again_hears_the_same_outcome_again(self, world: World) -> None:
        object_id = await world.upload(TEXT)
        await world.checks.check(heard(object_id), delivery("1"))

        await world.checks.check(heard(object_id), delivery("2"))

        first, second = world.store.said
        assert first == second
        assert world.store.sequences == [1, 2]

    async def test_nobody_checks_somebody_elses_object(self, world: World) -> None:
        object_id = await world.upload(TEXT)

        with pytest.raises(ObjectNotFound):
            await world.checks.check(heard(object_id), Cause(actor=new_id()))

        assert world.state(object_id) is State.EXPECTED


class TestGiveUp:
    async def test_nobody_waits_for_a_check_that_failed_again_and_again(self) -> None:
        world = World()
        object_id = await world.upload(TEXT)

        await world.checks.give_up(heard(object_id), OWNER)

        assert (world.refusal().object_id, world.refusal().code) == (object_id, "unchecked")

    @pytest.mark.parametrize("foreign", [True, False])
    async def test_what_is_not_there_and_what_is_anothers_are_told_alike(
        self, *, foreign: bool
    ) -> None:
        world = World()
        object_id = await world.upload(TEXT) if foreign else new_id()
        stranger = Cause(actor=new_id())

        await world.checks.give_up(heard(object_id), stranger)

        refused = world.refusal()
        assert (refused.owner_id, refused.code) == (stranger.actor, "not-uploaded")


class TestDeletionOvertakes:
    @pytest.mark.parametrize("order", sorted(set(itertools.permutations("ccCdd"))))
    async def test_in_every_order_nothing_is_left_and_the_deletion_is_said_once(
        self, world: World, order: tuple[str, ...]
    ) -> None:
        object_id = await world.upload(TEXT)

        for step in order:
            with contextlib.suppress(AlreadyHandled):
                if step == "d":
                    await world.storage.delete(DeleteObject(object_id=object_id), OWNER)
                else:
                    await world.checks.check(heard(object_id), delivery(step))

        assert world.state(object_id) is State.DELETED
        assert world.objects.incoming == {}
        assert world.objects.sealed == {}
        said = [type(one) for one in world.store.said]
        assert said.count(ObjectDeleted) == 1
        assert said == sorted(said, key=lambda one: one is ObjectDeleted)
        assert world.store.sequences == sorted(set(world.store.sequences))

    async def test_a_check_heard_after_the_deletion_changes_and_says_nothing(
        self, world: World
    ) -> None:
        object_id = await world.upload(TEXT)
        await world.storage.delete(DeleteObject(object_id=object_id), OWNER)

        await world.checks.check(heard(object_id), delivery("1"))

        assert [type(said) for said in world.store.said] == [ObjectDeleted]
        assert world.state(object_id) is State.DELETED
        assert world.objects.incoming == {}
        assert world.objects.sealed == {}

    async def test_a_deletion_amid_the_check_wins(self, world: World) -> None:
        object_id = await world.upload(TEXT)
        sniffing = _DeletingSniffer(world, object_id)
        checks = Checks(world.store, world.objects, Examiner(world.objects, MIB), sniffing)

        await checks.check(heard(object_id, suffix=".notes"), delivery("1"))

        assert [type(said) for said in world.store.said] == [ObjectDeleted]
        assert world.objects.incoming == {}
        assert world.objects.sealed == {}


@dataclass(frozen=True)
class _DeletingSniffer:
    """Somebody deletes the object while its type is being told."""

    world: World
    object_id: UUID

    async def guess(self, sample: bytes) -> Guess:
        await self.world.storage.delete(DeleteObject(object_id=self.object_id), OWNER)
        return Guess("unknown", sample[:1].decode(), 1.0)
