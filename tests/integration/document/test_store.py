"""PostgreSQL keeps the promises of a store of documents."""

import asyncio
from uuid import UUID

from contracts.orphans import WhichObjectsKept
from services.document.model.allowance import Allowance, QuotaExceeded
from services.document.model.collection import Collection
from services.document.model.document import Document
from services.document.model.keys import IdempotencyKeyInFlight
from services.document.ports import Store, Wanted
from services.document.service.inventory import Inventory
from services.document.store import PostgresStore
from shared import migrations
from shared.cause import Cause, new_id
from shared.database import Database
from tests.holding import Holding
from tests.servers import Postgres
from tests.unit.document.behaviour import StoreBehaviour, a_document, a_text
from tests.unit.document.collections_behaviour import CollectionsBehaviour
from tests.unit.document.fakes import NOON
from tests.unit.document.sharing_behaviour import SharingBehaviour
from tests.unit.document.world import World


class TestPostgresStore(StoreBehaviour, CollectionsBehaviour, SharingBehaviour):
    pass


async def test_two_uploads_under_one_key_do_not_both_get_it(store: PostgresStore) -> None:
    user, name = new_id(), str(new_id())

    async def hold(store: Store) -> bool:
        try:
            async with store.begin(Cause()) as tx:
                key = await tx.key(user, name, NOON)
                await tx.put_key(key.held_by(new_id(), NOON))
        except IdempotencyKeyInFlight:
            return False
        return True

    got = await asyncio.gather(*(hold(store) for _ in range(6)))

    assert sorted(got) == [False] * 5 + [True]


async def test_nobody_adds_to_what_is_being_counted(store: PostgresStore) -> None:
    owner = new_id()
    counted: list[int] = []

    async def add() -> None:
        async with store.begin(Cause()) as tx:
            counted.append((await tx.holdings(owner)).documents)
            await tx.put(a_document(owner))

    await asyncio.gather(*(add() for _ in range(5)))

    assert counted == [0, 1, 2, 3, 4]


async def test_uploads_side_by_side_do_not_overspend(store: PostgresStore) -> None:
    world = World(store, allowance=Allowance(documents=4, size=50))

    async def register(size: int) -> bool:
        try:
            await world.registration.register(world.upload(size=size), world.owner)
        except QuotaExceeded:
            return False
        return True

    many = await asyncio.gather(*(register(1) for _ in range(9)))
    world.owner = Cause(actor=new_id())
    large = await asyncio.gather(*(register(20) for _ in range(6)))

    assert (sum(many), sum(large)) == (4, 2)


async def test_a_collection_is_not_deleted_while_somebody_puts_a_document_in(
    store: PostgresStore,
) -> None:
    owner = new_id()
    shelf = Collection.made(owner, "Physics", NOON)
    async with store.begin(Cause()) as tx:
        await tx.put_collection(shelf)
    documents = [a_document(owner) for _ in range(8)]

    async def put_in(document: Document) -> bool:
        async with store.begin(Cause()) as tx:
            if await tx.collection(shelf.id) is None:
                return False
            await tx.put(document.put_into(shelf.id))
            return True

    async def remove() -> set[UUID]:
        async with store.begin(Cause()) as tx:
            await tx.collection(shelf.id, alone=True)
            return set(await tx.remove_collection(shelf.id))

    first, left, second = await asyncio.gather(
        asyncio.gather(*(put_in(one) for one in documents[:4])),
        remove(),
        asyncio.gather(*(put_in(one) for one in documents[4:])),
    )

    in_time = {one.id for one, put in zip(documents, (*first, *second), strict=True) if put}
    assert left == in_time
    async with store.begin(Cause()) as tx:
        listed = await tx.listed(Wanted(owner, 20))
    assert [one.collection_id for one in listed] == [None] * len(in_time)


async def test_the_tables_can_be_taken_back(postgres: Postgres) -> None:
    url = await postgres.fresh_database()
    await migrations.upgrade(url, "document")

    await migrations.downgrade(url, "document", "base")
    await migrations.upgrade(url, "document")

    database = await Database.connect(url, source="document")
    async with PostgresStore(database).begin(Cause()) as tx:
        assert await tx.find(new_id()) is None
    await database.close()


async def test_words_with_zero_bytes_are_plain_before_they_get_here(store: PostgresStore) -> None:
    document = a_document(filename="a\0b.pdf", title="x\0y", tags=["t\0ag"])

    async with store.begin(Cause()) as tx:
        await tx.put(document)

    async with store.begin(Cause()) as tx:
        found = await tx.find(document.id)
    assert found is not None
    assert (found.filename, found.title, found.tags) == ("a b.pdf", "x y", ("t ag",))


async def test_a_document_whose_objects_nobody_keeps_is_an_orphan(store: PostgresStore) -> None:
    whole, bare = a_document().read_as(a_text()), a_document()
    assert whole.text is not None
    kept = {whole.object_id, whole.text.object_id, bare.object_id}
    async with store.begin(Cause()) as tx:
        await tx.put(whole)
        await tx.put(bare)

    async def look(*objects: UUID) -> set[str]:
        holding = Holding({WhichObjectsKept: set(objects)})
        return (await Inventory(store, holding).look(Cause()))["document"]

    assert await look(*kept) == set()
    assert await look(whole.object_id, bare.object_id) == {str(whole.id)}
    assert await look() == {str(whole.id), str(bare.id)}


async def test_orphans_are_found_on_every_page_of_documents(store: PostgresStore) -> None:
    documents = [a_document() for _ in range(301)]
    async with store.begin(Cause()) as tx:
        for one in documents:
            await tx.put(one)

    found = await Inventory(store, Holding()).look(Cause())

    assert found == {"document": {str(one.id) for one in documents}}
