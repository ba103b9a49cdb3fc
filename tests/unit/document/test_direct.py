"""Direct uploads: announced, sent, completed or given up, each once whoever races."""

from uuid import UUID

import pytest

from contracts.collection import CreateCollection
from contracts.document import DeleteDocument, DocumentUploaded
from contracts.storage import ArrivedPart, CheckObject, DeleteObject
from contracts.upload import (
    AbortUpload,
    BeginUpload,
    CompleteUpload,
    DescribeUpload,
    OpenUploadPart,
    UploadBegun,
    UploadSeen,
)
from services.document.model.allowance import Allowance, QuotaExceeded, TooLarge
from services.document.model.errors import CollectionNotFound, DocumentNotFound
from services.document.model.keys import IdempotencyKeyReused
from services.document.model.labels import BadLabel
from services.document.model.upload import UploadCompleted, UploadNotFound
from services.document.service.direct import DirectUploads
from shared.cause import Cause, new_id
from shared.problems import Problem
from tests.unit.document.fakes import FakeStore
from tests.unit.document.sharing import MIB, PART, FakePlaces
from tests.unit.document.world import World

STRANGER = Cause(actor=new_id())


class DirectWorld(World):
    """Document with fakes around, and somebody who uploads directly."""

    store: FakeStore

    def __init__(self) -> None:
        super().__init__(FakeStore())
        self.places = FakePlaces(self.clock())

    @property
    def uploads(self) -> DirectUploads:
        return DirectUploads(self.store, self.places, self.registration, self.clock)

    async def begin(self, size: int = 100, cause: Cause | None = None, **more: object) -> UUID:
        return (await self.begun(size, cause, **more)).upload_id

    async def begun(
        self, size: int = 100, cause: Cause | None = None, **more: object
    ) -> UploadBegun:
        fields = {"filename": "a.txt", "size": size, "media_type": "text/plain", **more}
        return await self.uploads.begin(BeginUpload.model_validate(fields), cause or self.owner)

    async def complete(self, upload_id: UUID) -> UUID:
        asked = CompleteUpload(upload_id=upload_id)
        return (await self.uploads.complete(asked, self.owner)).id

    async def abort(self, upload_id: UUID) -> None:
        await self.uploads.abort(AbortUpload(upload_id=upload_id), self.owner)

    async def seen(self, upload_id: UUID, cause: Cause | None = None) -> UploadSeen:
        asked = DescribeUpload(upload_id=upload_id)
        return await self.uploads.describe(asked, cause or self.owner)


@pytest.fixture
def world() -> DirectWorld:
    return DirectWorld()


class TestBegin:
    async def test_what_fits_into_one_part_goes_to_one_address(self, world: DirectWorld) -> None:
        begun = await world.begun(PART)

        assert begun.whole is not None
        assert begun.part_size is None

    async def test_what_is_larger_goes_in_parts_and_has_no_one_address(
        self, world: DirectWorld
    ) -> None:
        begun = await world.begun(PART + 1)

        assert begun.whole is None
        assert begun.part_size == PART

    async def test_the_same_key_and_fields_begin_one(self, world: DirectWorld) -> None:
        first, again = [await world.begun(key=1, idempotency_key="k") for _ in range(2)]

        assert first == again
        assert len(world.places.places) == 1

    async def test_the_same_key_with_other_fields_is_refused(self, world: DirectWorld) -> None:
        await world.begun(idempotency_key="k", fingerprint="a")

        with pytest.raises(IdempotencyKeyReused):
            await world.begun(idempotency_key="k", fingerprint="b")

    async def test_a_key_is_free_again_after_a_day(self, world: DirectWorld) -> None:
        first = await world.begin(idempotency_key="k", fingerprint="a")
        world.clock.pass_by(hours=24)

        assert await world.begin(idempotency_key="k", fingerprint="b") != first

    async def test_a_key_belongs_to_its_person(self, world: DirectWorld) -> None:
        hers = await world.begin(idempotency_key="k", fingerprint="a")
        his = await world.begin(cause=STRANGER, idempotency_key="k", fingerprint="b")

        assert hers != his

    async def test_what_could_not_be_a_documents_is_refused_at_once(
        self, world: DirectWorld
    ) -> None:
        with pytest.raises(BadLabel):
            await world.begin(tags=["x" * 101])
        with pytest.raises(CollectionNotFound):
            await world.begin(collection_id=new_id())

    async def test_what_one_may_not_have_is_refused_at_once(self, world: DirectWorld) -> None:
        world.allowance = Allowance(file=50, size=70, documents=2)
        await world.register(b"." * 40)

        with pytest.raises(TooLarge):
            await world.begin(51)
        with pytest.raises(QuotaExceeded, match="you have 40 bytes"):
            await world.begin(31)
        assert world.store.tables.sharing.uploads == {}

    async def test_no_more_may_be_on_its_way_than_one_may_have(self, world: DirectWorld) -> None:
        world.allowance = Allowance(size=100, documents=3)
        await world.begin(60)
        given_up = await world.begin(40)

        with pytest.raises(QuotaExceeded, match="2 uploads are on their way"):
            await world.begin(1)
        await world.abort(given_up)
        await world.begin(1)
        await world.begin(0)
        with pytest.raises(QuotaExceeded):
            await world.begin(0)


class TestSending:
    async def test_parts_are_the_object_stores_to_tell(self, world: DirectWorld) -> None:
        upload_id = await world.begin(20 * MIB)
        world.places.came[world.places.places[upload_id]] = [ArrivedPart(number=2, size=PART)]

        seen = await world.seen(upload_id)

        assert (seen.status, seen.size, seen.part_size) == ("open", 20 * MIB, PART)
        assert seen.parts == [ArrivedPart(number=2, size=PART)]

    async def test_a_part_gets_a_ticket_of_its_own(self, world: DirectWorld) -> None:
        upload_id = await world.begin(20 * MIB)

        ticket = await world.uploads.open_part(
            OpenUploadPart(upload_id=upload_id, number=2), world.owner
        )

        assert ticket.url.endswith("/part/2")

    async def test_for_everybody_else_there_is_no_upload(self, world: DirectWorld) -> None:
        upload_id = await world.begin(20 * MIB)

        for asked in (
            world.seen(upload_id, STRANGER),
            world.uploads.open_part(OpenUploadPart(upload_id=upload_id, number=1), STRANGER),
            world.uploads.abort(AbortUpload(upload_id=upload_id), STRANGER),
            world.uploads.complete(CompleteUpload(upload_id=upload_id), STRANGER),
        ):
            with pytest.raises(UploadNotFound):
                await asked

    async def test_after_its_time_there_is_no_upload(self, world: DirectWorld) -> None:
        upload_id = await world.begin()
        world.clock.pass_by(hours=24)

        with pytest.raises(UploadNotFound):
            await world.complete(upload_id)
        assert await world.uploads.forget_expired() == 1
        assert world.store.tables.sharing.uploads == {}


class TestComplete:
    async def test_it_makes_the_document_that_was_announced(self, world: DirectWorld) -> None:
        collection = await world.collections.create(CreateCollection(name="Physics"), world.owner)
        upload_id = await world.begin(
            filename="C:\\papers\\Optics.PDF",
            title="On light",
            tags=["physics"],
            collection_id=collection.id,
        )

        asked = CompleteUpload(upload_id=upload_id)
        made = await world.uploads.complete(asked, world.owner)

        object_id = world.places.places[upload_id]
        assert (made.title, made.filename, made.size) == ("On light", "Optics.PDF", 100)
        assert (made.tags, made.collection_id) == (["physics"], collection.id)
        assert made.status == "uploaded"
        uploaded, _, check = world.store.words
        assert isinstance(uploaded, DocumentUploaded)
        assert check == CheckObject(
            object_id=object_id, size=100, sha256="", filename_suffix=".pdf"
        )
        assert world.places.closed == [object_id]

    async def test_a_hash_that_was_announced_is_checked(self, world: DirectWorld) -> None:
        await world.complete(await world.begin(sha256="AB" * 32))

        (check,) = [word for word in world.store.words if isinstance(word, CheckObject)]
        assert check.sha256 == "ab" * 32

    async def test_however_often_it_is_one_document(self, world: DirectWorld) -> None:
        upload_id = await world.begin()

        made = {await world.complete(upload_id) for _ in range(3)}

        assert len(made) == 1
        assert len(world.store.tables.documents) == 1
        seen = await world.seen(upload_id)
        assert (seen.status, seen.document_id) == ("completed", made.pop())
        assert seen.parts == [ArrivedPart(number=1, size=100)]

    async def test_what_is_missing_leaves_it_open(self, world: DirectWorld) -> None:
        upload_id = await world.begin()
        world.places.missing = Problem("part 2 has not come")

        with pytest.raises(Problem, match="part 2 has not come"):
            await world.complete(upload_id)

        assert (await world.seen(upload_id)).status == "open"
        assert world.store.tables.documents == {}

    async def test_without_room_it_stays_open_until_there_is(self, world: DirectWorld) -> None:
        world.allowance = Allowance(size=150)
        first, second = [await world.begin(75) for _ in range(2)]
        way = await world.register(b"." * 75)
        await world.complete(first)

        with pytest.raises(QuotaExceeded):
            await world.complete(second)
        await world.delete(way)

        await world.complete(second)

    async def test_of_a_deleted_document_nothing_is_told(self, world: DirectWorld) -> None:
        upload_id = await world.begin(idempotency_key="k")
        document_id = await world.complete(upload_id)
        await world.documents.delete(DeleteDocument(document_id=document_id), world.owner)

        for asked in (
            world.complete(upload_id),
            world.seen(upload_id),
            world.begun(idempotency_key="k"),
        ):
            with pytest.raises(DocumentNotFound):
                await asked
        (kept,) = world.store.tables.sharing.uploads.values()
        assert (kept.size, kept.filename, kept.fingerprint) == (0, "", None)


class TestAbort:
    async def test_it_is_gone_and_so_are_its_bytes(self, world: DirectWorld) -> None:
        upload_id = await world.begin()

        await world.abort(upload_id)

        assert world.store.words == [DeleteObject(object_id=world.places.places[upload_id])]
        for asked in (world.seen(upload_id), world.complete(upload_id), world.abort(upload_id)):
            with pytest.raises(UploadNotFound):
                await asked

    async def test_what_made_a_document_is_not_aborted(self, world: DirectWorld) -> None:
        upload_id = await world.begin()
        await world.complete(upload_id)

        with pytest.raises(UploadCompleted):
            await world.abort(upload_id)
