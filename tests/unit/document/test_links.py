"""Links: who has all of one reads the file, until it expires, is revoked, or the document goes."""

import base64

import pytest

from contracts.link import LinkMade, ListLinks, MakeLink, OpenLink, RevokeLink
from services.document.model.errors import DocumentNotFound, NotChecked
from services.document.model.keys import IdempotencyKeyReused
from services.document.model.link import LinkExpired, LinkInvalid, LinkNotFound, TooManyLinks
from services.document.service.sharing import Sharing
from shared.cause import Cause, new_id
from tests.unit.document.fakes import FakeStore
from tests.unit.document.sharing import FakeDownloads
from tests.unit.document.world import Way, World

STRANGER, NOBODY = Cause(actor=new_id()), Cause()


class SharingWorld(World):
    """Document with fakes around, somebody who shares, and somebody who was given a link."""

    store: FakeStore

    def __init__(self) -> None:
        super().__init__(FakeStore())

    @property
    def sharing(self) -> Sharing:
        return Sharing(self.store, FakeDownloads(), self.clock)

    async def document(self) -> Way:
        way = await self.register()
        await self.hear(way.stored())
        return way

    async def link(self, way: Way, seconds: int = 60, **more: str) -> LinkMade:
        asked = MakeLink(document_id=way.id, expires_in=seconds, **more)
        return await self.sharing.make(asked, self.owner)

    async def open(self, token: str) -> str:
        return (await self.sharing.open(OpenLink(token=token), NOBODY)).filename


@pytest.fixture
def world() -> SharingWorld:
    return SharingWorld()


class TestOpening:
    async def test_whoever_has_it_reads_the_file(self, world: SharingWorld) -> None:
        link = await world.link(await world.document())

        assert await world.open(link.token) == "optics.pdf"

    async def test_its_time_comes(self, world: SharingWorld) -> None:
        link = await world.link(await world.document(), seconds=60)
        world.clock.pass_by(seconds=59)
        await world.open(link.token)

        world.clock.pass_by(seconds=1)

        with pytest.raises(LinkExpired):
            await world.open(link.token)

    async def test_every_letter_of_it_counts(self, world: SharingWorld) -> None:
        token = (await world.link(await world.document())).token

        for place, letter in enumerate(token):
            other = "A" if letter != "A" else "B"
            with pytest.raises(LinkInvalid):
                await world.open(token[:place] + other + token[place + 1 :])

    @pytest.mark.parametrize(
        "token",
        ["", "x", "ä" * 64, "!" * 64, "A" * 63, "A" * 68, base64.urlsafe_b64encode(b"\0" * 48)],
    )
    async def test_what_nobody_made_opens_nothing(
        self, world: SharingWorld, token: str | bytes
    ) -> None:
        with pytest.raises(LinkInvalid):
            await world.open(token if isinstance(token, str) else token.decode())

    async def test_two_halves_make_no_whole(self, world: SharingWorld) -> None:
        way = await world.document()
        one, other = [(await world.link(way)).token for _ in range(2)]

        with pytest.raises(LinkInvalid):
            await world.open(one[:24] + other[24:])

    async def test_it_ends_with_the_document(self, world: SharingWorld) -> None:
        way = await world.document()
        link = await world.link(way)

        await world.delete(way)

        with pytest.raises(DocumentNotFound):
            await world.open(link.token)

    async def test_nothing_is_read_before_it_was_checked(self, world: SharingWorld) -> None:
        link = await world.link(await world.register())

        with pytest.raises(NotChecked):
            await world.open(link.token)


class TestOwning:
    async def test_only_the_owner_makes_lists_and_revokes(self, world: SharingWorld) -> None:
        way = await world.document()
        link = await world.link(way)

        for asked in (
            world.sharing.make(MakeLink(document_id=way.id, expires_in=1), STRANGER),
            world.sharing.list(ListLinks(document_id=way.id), STRANGER),
            world.sharing.revoke(RevokeLink(document_id=way.id, link_id=link.link_id), STRANGER),
        ):
            with pytest.raises(DocumentNotFound):
                await asked

    async def test_a_revoked_link_opens_nothing(self, world: SharingWorld) -> None:
        way, other = await world.document(), await world.document()
        link = await world.link(way)
        kept = await world.link(way)
        with pytest.raises(LinkNotFound):
            wrong = RevokeLink(document_id=other.id, link_id=link.link_id)
            await world.sharing.revoke(wrong, world.owner)

        asked = RevokeLink(document_id=way.id, link_id=link.link_id)
        await world.sharing.revoke(asked, world.owner)

        with pytest.raises(LinkInvalid):
            await world.open(link.token)
        with pytest.raises(LinkNotFound):
            await world.sharing.revoke(asked, world.owner)
        listed = await world.sharing.list(ListLinks(document_id=way.id), world.owner)
        assert [one.link_id for one in listed.items] == [kept.link_id]

    async def test_expired_ones_are_not_listed_and_later_forgotten(
        self, world: SharingWorld
    ) -> None:
        way = await world.document()
        await world.link(way)
        world.clock.pass_by(minutes=2)

        assert (await world.sharing.list(ListLinks(document_id=way.id), world.owner)).items == []
        await world.sharing.forget_expired()
        assert len(world.store.tables.sharing.links) == 1
        world.clock.pass_by(days=7)
        await world.sharing.forget_expired()
        assert world.store.tables.sharing.links == {}

    async def test_the_same_key_makes_one_for_a_day(self, world: SharingWorld) -> None:
        way = await world.document()

        async def once() -> LinkMade:
            return await world.link(way, idempotency_key="k", fingerprint="a")

        first, again = await once(), await once()
        with pytest.raises(IdempotencyKeyReused):
            await world.link(way, idempotency_key="k", fingerprint="b")
        world.clock.pass_by(hours=24)
        later = await once()

        assert first == again
        assert later.token != first.token

    async def test_there_are_not_endlessly_many(self, world: SharingWorld) -> None:
        way = await world.document()
        for _ in range(100):
            await world.link(way)

        with pytest.raises(TooManyLinks):
            await world.link(way)

    async def test_its_secret_is_not_shown_by_accident(self, world: SharingWorld) -> None:
        await world.link(await world.document())

        (kept,) = world.store.tables.sharing.links.values()
        assert "secret" not in repr(kept)
