"""What every store promises of uploads and links."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services.document.model.allowance import Holdings
from services.document.model.collection import Collection
from services.document.model.link import Link
from services.document.model.upload import Upload
from services.document.ports import Store
from shared.cause import Cause, new_id
from tests.unit.document.behaviour import a_document
from tests.unit.document.fakes import NOON

CAUSE = Cause()
DAY = timedelta(hours=24)


def an_upload(owner: UUID | None = None, *, size: int = 10, key: str | None = None) -> Upload:
    return Upload.announced(
        owner or new_id(),
        filename="optics.pdf",
        media_type="application/pdf",
        size=size,
        sha256=None,
        title="Optics",
        tags=["a", "b"],
        collection_id=new_id(),
        key=key,
        fingerprint="f",
        now=NOON,
    )


def a_link(document_id: UUID, owner: UUID, key: str | None = None) -> Link:
    return Link.made(owner, document_id, 60, key=key, fingerprint="f", now=NOON)


class SharingBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_an_upload_is_kept_as_it_is_until_it_is_dropped(self, store: Store) -> None:
        one = an_upload().placed(new_id(), 4, NOON + DAY)
        async with store.begin(CAUSE) as tx:
            assert await tx.begin_upload(one, NOON) == one

        done = one.completed(new_id(), NOON)
        async with store.begin(CAUSE) as tx:
            assert await tx.upload(one.id) == one
            await tx.put_upload(done)
            assert await tx.upload(one.id) == done
            await tx.drop_upload(one.id)
            assert await tx.upload(one.id) is None

    async def test_a_key_begins_one_upload_until_that_expires(self, store: Store) -> None:
        owner = new_id()
        first, second, third = (an_upload(owner, key="k") for _ in range(3))
        async with store.begin(CAUSE) as tx:
            assert await tx.begin_upload(first, NOON) == first
            assert await tx.begin_upload(second, NOON) == first
            assert await tx.begin_upload(an_upload(key="k"), NOON) != first
            assert await tx.begin_upload(third, NOON + DAY) == third

    async def test_uploads_without_a_key_are_many(self, store: Store) -> None:
        owner = new_id()
        async with store.begin(CAUSE) as tx:
            for one in (an_upload(owner), an_upload(owner)):
                assert await tx.begin_upload(one, NOON) == one

    async def test_only_what_is_no_document_yet_and_has_time_is_coming(self, store: Store) -> None:
        owner = new_id()
        late = replace(an_upload(owner, size=1), expires_at=NOON)
        made = an_upload(owner, size=2).completed(new_id(), NOON)
        async with store.begin(CAUSE) as tx:
            for one in (an_upload(owner, size=30), an_upload(owner, size=400), late, made):
                await tx.begin_upload(one, NOON)
                await tx.put_upload(one)
            assert await tx.coming(owner, NOON) == Holdings(documents=2, size=430)
            assert await tx.coming(new_id(), NOON) == Holdings(documents=0, size=0)

    async def test_uploads_go_when_their_time_is_over(self, store: Store) -> None:
        one = an_upload()
        async with store.begin(CAUSE) as tx:
            await tx.expire_uploads(NOON + 2 * DAY)
            await tx.begin_upload(one, NOON)
            assert await tx.expire_uploads(NOON + DAY - timedelta(seconds=1)) == 0
            assert await tx.expire_uploads(NOON + DAY) == 1
            assert await tx.upload(one.id) is None

    async def test_of_a_forgotten_document_an_upload_keeps_neither_size_nor_hash(
        self, store: Store
    ) -> None:
        document = a_document()
        one = an_upload().completed(document.id, NOON)
        async with store.begin(CAUSE) as tx:
            await tx.put(document)
            await tx.begin_upload(one, NOON)
            await tx.forget(document.id)
            assert await tx.upload(one.id) == replace(one, fingerprint=None, size=0)

    async def test_what_comes_for_a_collection_that_goes_comes_for_none(self, store: Store) -> None:
        shelf = Collection.made(new_id(), "Physics", NOON)
        one = replace(an_upload(), collection_id=shelf.id)
        async with store.begin(CAUSE) as tx:
            await tx.put_collection(shelf)
            await tx.begin_upload(one, NOON)
            await tx.remove_collection(shelf.id)
            assert await tx.upload(one.id) == replace(one, collection_id=None)

    async def test_a_link_is_kept_as_it_is_until_it_is_dropped(self, store: Store) -> None:
        document = a_document()
        link = a_link(document.id, document.owner_id)
        async with store.begin(CAUSE) as tx:
            await tx.put(document)
            assert await tx.add_link(link) == link

        async with store.begin(CAUSE) as tx:
            assert await tx.link(link.id) == link
            assert list(await tx.links(document.id, NOON)) == [link]
            await tx.drop_link(link.id)
            assert await tx.link(link.id) is None

    async def test_a_key_makes_one_link_a_day_and_the_older_one_stays(self, store: Store) -> None:
        document = a_document()
        first, second = (a_link(document.id, document.owner_id, "k") for _ in range(2))
        later = replace(a_link(document.id, document.owner_id, "k"), created_at=NOON + DAY)
        async with store.begin(CAUSE) as tx:
            await tx.put(document)
            assert await tx.add_link(first) == first
            assert await tx.add_link(second) == first
            assert await tx.add_link(later) == later
            kept = await tx.link(first.id)

        assert kept is not None
        assert kept.token == first.token

    async def test_expired_links_are_not_listed_and_forgotten_when_told(self, store: Store) -> None:
        document = a_document()
        link = a_link(document.id, document.owner_id)
        async with store.begin(CAUSE) as tx:
            await tx.put(document)
            await tx.add_link(link)
            assert list(await tx.links(document.id, link.expires_at)) == []
            await tx.expire_links(NOON)
            assert await tx.link(link.id) is not None
            await tx.expire_links(link.expires_at)
            assert await tx.link(link.id) is None
