"""Documents come into being once each, and within what one person may have."""

from uuid import UUID

import pytest

from contracts.document import (
    DocumentUploaded,
    RegisterDocument,
    ReserveUpload,
    UploadReserved,
)
from contracts.storage import CheckObject, DeleteObject
from services.document.model.allowance import Allowance, QuotaExceeded, TooLarge
from services.document.model.errors import DocumentNotFound, NobodyAsks
from services.document.model.keys import IdempotencyKeyInFlight, IdempotencyKeyReused
from services.document.model.labels import BadLabel
from shared.cause import Cause, new_id
from tests.unit.document.fakes import FakeStore
from tests.unit.document.world import World


class TestRegister:
    async def test_it_makes_a_document_and_has_its_file_checked(
        self, store: FakeStore, world: World
    ) -> None:
        asked = world.upload(b"12345", filename="C:\\papers\\Optics.PDF", tags=["a", "b", "a"])

        made = await world.registration.register(asked, world.owner)

        assert (made.title, made.filename, made.tags) == ("Optics", "Optics.PDF", ["a", "b"])
        assert (made.status, made.progress, made.size) == ("uploaded", 0, 5)
        uploaded, status, check = store.words
        assert isinstance(uploaded, DocumentUploaded)
        assert uploaded.document_id == made.id
        assert status.model_dump()["stage"] == "uploaded"
        assert check == CheckObject(
            object_id=asked.object_id, size=5, sha256=asked.sha256, filename_suffix=".pdf"
        )

    async def test_events_are_numbered_without_a_gap(self, store: FakeStore, world: World) -> None:
        way = await world.register()

        for message in way.to_ready():
            await world.hear(message)

        numbers = [sequence for _, sequence in store.said if sequence]
        assert numbers == list(range(1, len(numbers) + 1))

    async def test_the_same_object_makes_the_same_document(
        self, store: FakeStore, world: World
    ) -> None:
        asked = world.upload()
        first = await world.registration.register(asked, world.owner)

        second = await world.registration.register(asked, world.owner)

        assert second.id == first.id
        assert sum(isinstance(message, DocumentUploaded) for message in store.words) == 1

    async def test_an_object_that_somebody_else_registered_is_not_found(self, world: World) -> None:
        asked = world.upload()
        await world.registration.register(asked, world.owner)

        with pytest.raises(DocumentNotFound):
            await world.registration.register(asked, Cause(actor=new_id()))

    async def test_the_same_bytes_twice_are_two_documents(self, world: World) -> None:
        assert (await world.register()).id != (await world.register()).id

    async def test_somebody_has_to_ask(self, world: World) -> None:
        with pytest.raises(NobodyAsks):
            await world.registration.register(world.upload(), Cause())

    @pytest.mark.parametrize(
        "fields", [{"title": "x" * 501}, {"tags": [""]}, {"tags": [str(n) for n in range(51)]}]
    )
    async def test_impossible_labels_are_refused(
        self, world: World, fields: dict[str, object]
    ) -> None:
        with pytest.raises(BadLabel):
            await world.register(b"x", **fields)

    @pytest.mark.parametrize(
        ("filename", "title"),
        [
            ("../../etc/passwd", "passwd"),
            (".bashrc", ".bashrc"),
            ("a\x00b\n.txt", "a b"),
            ("///", "document"),
            ("archive.tar.gz", "archive.tar"),
        ],
    )
    async def test_a_title_is_made_of_odd_names_too(
        self, world: World, filename: str, title: str
    ) -> None:
        way = await world.register(filename=filename)

        assert (await world.describe(way)).title == title


class TestAllowance:
    async def test_a_file_beyond_the_limit_is_refused(self, store: FakeStore) -> None:
        world = World(store, allowance=Allowance(file=10))

        with pytest.raises(TooLarge, match="11 bytes, and 10 are taken"):
            await world.register(b"x" * 11)

    async def test_all_files_together_have_a_limit(self, store: FakeStore) -> None:
        world = World(store, allowance=Allowance(size=20))
        await world.register(b"x" * 15)
        other = World(store, allowance=Allowance(size=20))
        await other.register(b"x" * 15)

        with pytest.raises(QuotaExceeded, match="15 bytes of 20"):
            await world.register(b"x" * 6)

    async def test_deleting_makes_room(self, store: FakeStore) -> None:
        world = World(store, allowance=Allowance(documents=1))
        way = await world.register()
        with pytest.raises(QuotaExceeded):
            await world.register()

        await world.delete(way)

        assert (await world.describe(await world.register())).status == "uploaded"

    async def test_what_was_registered_is_answered_again_when_the_limit_is_reached(
        self, store: FakeStore
    ) -> None:
        world = World(store, allowance=Allowance(documents=1))
        asked = world.upload(idempotency_key="key", fingerprint="print")
        made = await world.registration.register(asked, world.owner)

        again = await world.registration.register(asked, world.owner)

        assert again.id == made.id


def keyed(world: World, **changes: object) -> RegisterDocument:
    return world.upload(**{"idempotency_key": "key", "fingerprint": "print", **changes})  # type: ignore[arg-type]


class TestIdempotencyKeys:
    async def test_a_repeated_upload_answers_the_first_document_and_drops_the_second_file(
        self, store: FakeStore, world: World
    ) -> None:
        first, second = keyed(world), keyed(world)
        made = await world.registration.register(first, world.owner)

        again = await world.registration.register(second, world.owner)

        assert again.id == made.id
        assert store.words[-1] == DeleteObject(object_id=second.object_id)

    async def test_another_request_under_the_same_key_is_refused(self, world: World) -> None:
        await world.registration.register(keyed(world), world.owner)

        with pytest.raises(IdempotencyKeyReused):
            await world.registration.register(keyed(world, fingerprint="other"), world.owner)

    async def test_a_key_belongs_to_its_user(self, store: FakeStore, world: World) -> None:
        made = await world.registration.register(keyed(world), world.owner)
        neighbour = World(store)

        other = await neighbour.registration.register(keyed(neighbour), neighbour.owner)

        assert other.id != made.id

    async def test_a_key_is_free_after_a_day(self, world: World) -> None:
        made = await world.registration.register(keyed(world), world.owner)
        world.clock.pass_by(hours=24)

        other = await world.registration.register(keyed(world), world.owner)

        assert other.id != made.id

    async def test_a_key_of_a_deleted_document_makes_no_second_one(
        self, store: FakeStore, world: World
    ) -> None:
        way = await world.register(idempotency_key="key", fingerprint="print")
        await world.delete(way)

        with pytest.raises(DocumentNotFound, match="was deleted; send a new key"):
            await world.registration.register(keyed(world), world.owner)
        with pytest.raises(DocumentNotFound, match="was deleted; send a new key"):
            await world.registration.reserve(
                ReserveUpload(idempotency_key="key", holder=new_id()), world.owner
            )

        assert len(store.tables.documents) == 1

    async def test_a_key_of_a_deleted_document_is_free_after_its_day(self, world: World) -> None:
        way = await world.register(idempotency_key="key", fingerprint="print")
        await world.delete(way)
        world.clock.pass_by(hours=24)

        other = await world.registration.register(keyed(world), world.owner)

        assert other.id != way.id


class TestReserve:
    async def reserve(self, world: World, holder: UUID, *, release: bool = False) -> UploadReserved:
        asked = ReserveUpload(idempotency_key="key", holder=holder, release=release)
        return await world.registration.reserve(asked, world.owner)

    async def test_the_second_waits_while_the_first_uploads(self, world: World) -> None:
        await self.reserve(world, new_id())

        with pytest.raises(IdempotencyKeyInFlight) as refused:
            await self.reserve(world, new_id())

        assert refused.value.members["retry_after"] > 0

    async def test_the_advice_says_what_retry_after_says(self, world: World) -> None:
        await self.reserve(world, new_id())

        with pytest.raises(IdempotencyKeyInFlight) as early:
            await self.reserve(world, new_id())
        world.clock.pass_by(seconds=28)
        with pytest.raises(IdempotencyKeyInFlight) as late:
            await self.reserve(world, new_id())

        assert (early.value.members["retry_after"], late.value.members["retry_after"]) == (5, 2)
        assert early.value.detail.endswith("in 5 s.")
        assert late.value.detail.endswith("in 2 s.")

    async def test_who_gives_it_up_lets_the_next_in_at_once(self, world: World) -> None:
        holder, following = new_id(), new_id()
        await self.reserve(world, holder)

        await self.reserve(world, holder, release=True)

        await self.reserve(world, following)
        await self.reserve(world, holder, release=True)
        with pytest.raises(IdempotencyKeyInFlight):
            await self.reserve(world, new_id())

    async def test_giving_up_does_not_forget_what_it_made(self, world: World) -> None:
        holder = new_id()
        await self.reserve(world, holder)
        made = await world.registration.register(keyed(world), world.owner)

        await self.reserve(world, holder, release=True)

        assert (await self.reserve(world, new_id())).document == made

    async def test_who_holds_it_may_hold_it_longer(self, world: World) -> None:
        holder = new_id()
        await self.reserve(world, holder)
        world.clock.pass_by(seconds=20)
        await self.reserve(world, holder)
        world.clock.pass_by(seconds=20)

        with pytest.raises(IdempotencyKeyInFlight):
            await self.reserve(world, new_id())

    async def test_after_a_crash_the_lease_ends_and_the_next_takes_over(self, world: World) -> None:
        await self.reserve(world, new_id())
        world.clock.pass_by(seconds=30)

        reserved = await self.reserve(world, new_id())
        made = await world.registration.register(keyed(world), world.owner)

        assert reserved == await world.registration.reserve(
            ReserveUpload(idempotency_key="other", holder=new_id()), world.owner
        )
        assert made.status == "uploaded"

    async def test_it_tells_what_the_key_made_before(self, world: World) -> None:
        made = await world.registration.register(keyed(world), world.owner)

        reserved = await world.registration.reserve(
            ReserveUpload(idempotency_key="key", holder=new_id()), world.owner
        )

        assert reserved.document == made
        assert reserved.fingerprint == "print"
