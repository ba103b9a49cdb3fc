"""Opening, sealing, reading, deleting and sweeping objects."""

import hashlib
from uuid import UUID

import pytest

from contracts.storage import (
    CheckObject,
    DeleteObject,
    DiscardUpload,
    ObjectDeleted,
    ObjectKind,
    OpenDownload,
    OpenPart,
    OpenUpload,
    SealObject,
    UploadOpened,
)
from services.storage.check import Checks, Examiner
from services.storage.model.errors import (
    ChecksumMismatch,
    NeverArrived,
    NobodyAsks,
    NotDerived,
    ObjectClosed,
    ObjectNotFound,
)
from services.storage.model.stored import State
from services.storage.service import Storage
from shared.cause import Cause, new_id
from tests.unit.storage.behaviour import MIB
from tests.unit.storage.fakes import FakeObjects, FakeSniffer, FakeStore
from tests.unit.storage.terms import TERMS

OWNER = Cause(actor=new_id())
STRANGER = Cause(actor=new_id())
TEXT = b'{"text": "Light bends."}'


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def objects() -> FakeObjects:
    return FakeObjects()


@pytest.fixture
def storage(store: FakeStore, objects: FakeObjects) -> Storage:
    return Storage(store, objects, Examiner(objects, 100 * MIB), TERMS)


async def uploaded(
    storage: Storage,
    objects: FakeObjects,
    kind: ObjectKind = ObjectKind.DERIVED,
    repeat_key: str | None = None,
) -> UploadOpened:
    asked = OpenUpload(object_kind=kind, media_type="application/json", repeat_key=repeat_key)
    opened = await storage.open_upload(asked, OWNER)
    await objects.deliver(opened.whole.url, TEXT)
    return opened


def seal(object_id: UUID, content: bytes = TEXT) -> SealObject:
    sha256 = hashlib.sha256(content).hexdigest()
    return SealObject(object_id=object_id, size=len(content), sha256=sha256)


class TestOpenUpload:
    async def test_somebody_has_to_ask(self, storage: Storage) -> None:
        with pytest.raises(NobodyAsks):
            await storage.open_upload(OpenUpload(object_kind=ObjectKind.DERIVED), Cause())

    async def test_every_object_lies_under_keys_that_tell_nothing(
        self, storage: Storage, store: FakeStore
    ) -> None:
        asked = OpenUpload(object_kind=ObjectKind.DERIVED)
        first, second = [await storage.open_upload(asked, OWNER) for _ in range(2)]

        rows = [store.rows[opened.object_id] for opened in (first, second)]
        keys = {key for row in rows for key in (row.incoming, row.sealed)}
        assert len(keys) == 4
        assert not any(str(first.object_id) in key or str(OWNER.actor) in key for key in keys)

    async def test_the_same_repeat_key_opens_the_same_object(
        self, storage: Storage, objects: FakeObjects
    ) -> None:
        first = await uploaded(storage, objects, repeat_key="a")
        await storage.seal(seal(first.object_id), OWNER)

        again = await uploaded(storage, objects, repeat_key="a")
        sealed = await storage.seal(seal(again.object_id), OWNER)

        assert sealed.object_id == first.object_id
        assert objects.incoming == {}
        assert objects.kept == [TEXT]


class TestOpenPart:
    async def test_all_parts_belong_to_one_upload(
        self, storage: Storage, objects: FakeObjects
    ) -> None:
        opened = await storage.open_upload(OpenUpload(object_kind=ObjectKind.ORIGINAL), OWNER)

        urls = [
            (await storage.open_part(OpenPart(object_id=opened.object_id, number=n), OWNER)).url
            for n in (1, 2)
        ]

        assert len(objects.uploads) == 1
        assert urls[0] != urls[1]

    async def test_nobody_adds_a_part_to_somebody_elses_upload(
        self, storage: Storage, objects: FakeObjects
    ) -> None:
        opened = await uploaded(storage, objects)

        with pytest.raises(ObjectNotFound):
            await storage.open_part(OpenPart(object_id=opened.object_id, number=1), STRANGER)

    async def test_a_closed_object_takes_no_more_parts(
        self, storage: Storage, objects: FakeObjects
    ) -> None:
        opened = await uploaded(storage, objects)
        await storage.seal(seal(opened.object_id), OWNER)

        with pytest.raises(ObjectClosed):
            await storage.open_part(OpenPart(object_id=opened.object_id, number=1), OWNER)


class TestSeal:
    async def test_what_a_service_made_is_readable_at_once_and_says_nothing(
        self, storage: Storage, objects: FakeObjects, store: FakeStore
    ) -> None:
        opened = await uploaded(storage, objects)

        sealed = await storage.seal(seal(opened.object_id), OWNER)

        ticket = await storage.open_download(OpenDownload(object_id=sealed.object_id), OWNER)
        assert await objects.collect(ticket.url) == TEXT
        assert (ticket.media_type, ticket.size) == ("application/json", len(TEXT))
        assert objects.incoming == {}
        assert store.said == []

    async def test_repeating_it_answers_the_same(
        self, storage: Storage, objects: FakeObjects
    ) -> None:
        opened = await uploaded(storage, objects)

        first, second = [await storage.seal(seal(opened.object_id), OWNER) for _ in range(2)]

        assert first == second

    async def test_other_bytes_are_not_sealed(self, storage: Storage, objects: FakeObjects) -> None:
        opened = await uploaded(storage, objects)

        with pytest.raises(ChecksumMismatch):
            await storage.seal(seal(opened.object_id, TEXT.upper()), OWNER)

        assert objects.sealed == {}

    async def test_nothing_is_not_sealed(self, storage: Storage) -> None:
        opened = await storage.open_upload(OpenUpload(object_kind=ObjectKind.DERIVED), OWNER)

        with pytest.raises(NeverArrived):
            await storage.seal(seal(opened.object_id), OWNER)

    async def test_what_people_bring_cannot_skip_its_check(
        self, storage: Storage, objects: FakeObjects
    ) -> None:
        opened = await uploaded(storage, objects, ObjectKind.ORIGINAL)

        with pytest.raises(NotDerived):
            await storage.seal(seal(opened.object_id), OWNER)


class TestOpenDownload:
    async def test_nothing_is_readable_before_it_is_checked(
        self, storage: Storage, objects: FakeObjects
    ) -> None:
        opened = await uploaded(storage, objects)

        with pytest.raises(ObjectNotFound):
            await storage.open_download(OpenDownload(object_id=opened.object_id), OWNER)

    async def test_nobody_reads_somebody_elses_object(
        self, storage: Storage, objects: FakeObjects
    ) -> None:
        opened = await uploaded(storage, objects)
        await storage.seal(seal(opened.object_id), OWNER)

        for cause in (STRANGER, Cause()):
            with pytest.raises(ObjectNotFound):
                await storage.open_download(OpenDownload(object_id=opened.object_id), cause)


class TestDelete:
    async def test_it_is_unreadable_its_bytes_are_gone_and_that_is_said_once(
        self, storage: Storage, objects: FakeObjects, store: FakeStore
    ) -> None:
        opened = await uploaded(storage, objects)
        await storage.seal(seal(opened.object_id), OWNER)

        for _ in range(2):
            await storage.delete(DeleteObject(object_id=opened.object_id), OWNER)

        with pytest.raises(ObjectNotFound):
            await storage.open_download(OpenDownload(object_id=opened.object_id), OWNER)
        assert objects.sealed == {}
        (said,) = store.said
        assert isinstance(said, ObjectDeleted)
        assert store.sequences == [2]

    async def test_somebody_elses_object_stays(
        self, storage: Storage, objects: FakeObjects, store: FakeStore
    ) -> None:
        opened = await uploaded(storage, objects)

        await storage.delete(DeleteObject(object_id=opened.object_id), STRANGER)
        await storage.delete(DeleteObject(object_id=new_id()), STRANGER)

        assert store.rows[opened.object_id].state is State.EXPECTED
        assert store.said == []


class TestDiscard:
    async def test_an_upload_nobody_claimed_is_forgotten_in_silence(
        self, storage: Storage, objects: FakeObjects, store: FakeStore
    ) -> None:
        opened = await uploaded(storage, objects, ObjectKind.ORIGINAL)

        for _ in range(2):
            await storage.discard(DiscardUpload(object_id=opened.object_id), OWNER)

        assert objects.incoming == {}
        assert store.said == []

    async def test_a_claimed_one_is_kept(
        self, storage: Storage, objects: FakeObjects, store: FakeStore
    ) -> None:
        opened = await uploaded(storage, objects, ObjectKind.ORIGINAL)
        checks = Checks(store, objects, Examiner(objects, MIB), FakeSniffer())
        sha256 = hashlib.sha256(TEXT).hexdigest()
        heard = CheckObject(
            object_id=opened.object_id, size=len(TEXT), sha256=sha256, filename_suffix=".txt"
        )
        await checks.check(heard, OWNER)

        with pytest.raises(ObjectClosed):
            await storage.discard(DiscardUpload(object_id=opened.object_id), OWNER)
