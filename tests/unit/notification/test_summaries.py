"""Who brings many documents is told of all together; each one's end is told all the same."""

import random
from uuid import UUID

from contracts.indexing import IndexingStarted
from contracts.notification import ChangePreferences, Channels
from services.notification.model import FEW
from services.notification.service.summaries import SHOWN
from shared.cause import new_id
from tests.unit.notification.conftest import World, heard

MANY = 3 * FEW


async def bring(world: World, count: int) -> list[UUID]:
    documents = [new_id() for _ in range(count)]
    for document in documents:
        await world.showing.follow_document(world.moved("uploaded", 0, document), heard(1))
    return documents


async def move(world: World, document: UUID, stage: str, progress: int, sequence: int) -> None:
    await world.showing.follow_document(world.moved(stage, progress, document), heard(sequence))


class TestFew:
    async def test_every_step_of_a_few_is_shown_and_no_summary(self, world: World) -> None:
        documents = await bring(world, FEW)
        for document in documents:
            await move(world, document, "indexing", 50, 2)
            await world.summaries.tell_all()
        for document in documents:
            await move(world, document, "ready", 100, 3)
        await world.summaries.tell_all()

        assert len(world.frames("document.status")) == 3 * FEW
        assert world.frames("documents.progress") == []
        assert not any(thing.counted for thing in world.store.things.values())

    async def test_of_a_few_nobody_has_to_be_told_by_and_by(self, world: World) -> None:
        [document] = await bring(world, 1)
        assert await world.store.owners_of_batches() == []

        await move(world, document, "ready", 100, 2)

        assert await world.store.owners_of_batches() == []
        assert not world.store.things[document].counted


class TestMany:
    async def test_steps_wait_and_the_latest_of_some_is_shown_with_the_summary(
        self, world: World
    ) -> None:
        documents = await bring(world, MANY)
        before = len(world.frames("document.status"))
        for progress in (20, 40):
            for document in documents:
                await move(world, document, "indexing", progress, progress)
        assert len(world.frames("document.status")) == before

        await world.summaries.tell_all()

        shown = world.frames("document.status")[before:]
        assert [frame["progress"] for frame in shown] == [40] * SHOWN
        assert world.frames("documents.progress") == [
            {
                "total": MANY,
                "ready": 0,
                "failed": 0,
                "cancelled": 0,
                "processing": MANY,
                "progress": 40,
            }
        ]

    async def test_every_end_is_shown_at_once_and_the_last_summary_says_that_all_is_done(
        self, world: World
    ) -> None:
        ends = ("ready", "failed", "cancelled", "quarantined")
        documents = await bring(world, MANY)
        await world.summaries.tell_all()
        for number, document in enumerate(documents):
            await move(world, document, ends[number % 4], 100, 9)
        finals = [one for one in world.frames("document.status") if one["status"] in ends]
        await world.summaries.tell_all()
        await world.summaries.tell_all()

        assert {one["document_id"] for one in finals} == {str(one) for one in documents}
        assert world.frames("documents.progress")[-1] == {
            "total": MANY,
            "ready": 8,
            "failed": 15,
            "cancelled": 7,
            "processing": 0,
            "progress": 100,
        }
        assert world.store.summaries == {}
        assert not any(thing.counted for thing in world.store.things.values())

    async def test_nothing_new_is_not_told_again(self, world: World) -> None:
        await bring(world, MANY)

        for _ in range(3):
            await world.summaries.tell_all()

        assert len(world.frames("documents.progress")) == 1

    async def test_steps_of_the_machinery_are_left_out_of_many(self, world: World) -> None:
        first, *_ = await bring(world, MANY)
        started = IndexingStarted(document_id=first, owner_id=world.user, version=1, passages=7)

        await world.showing.show_step(started, heard(1))

        assert world.frames("indexing.started") == []

    async def test_a_document_that_is_deleted_is_counted_no_more(self, world: World) -> None:
        first, *_ = await bring(world, MANY)
        await world.verbs.forget_document(
            world.deleted().model_copy(update={"document_id": first}), heard(5)
        )

        await world.summaries.tell_all()

        assert world.frames("documents.progress")[-1]["total"] == MANY - 1

    async def test_a_document_read_again_is_in_work_again(self, world: World) -> None:
        documents = await bring(world, MANY)
        await move(world, documents[0], "failed", 40, 5)
        await move(world, documents[0], "processing", 10, 6)

        await world.summaries.tell_all()

        assert world.frames("documents.progress")[-1]["processing"] == MANY

    async def test_who_does_not_want_to_be_shown_is_told_no_summary(self, world: World) -> None:
        await bring(world, MANY)
        muted = ChangePreferences(families={"document": Channels(live=False)})
        await world.reading.prefer(muted, world.caller)

        await world.summaries.tell_all()

        assert world.frames("documents.progress") == []

    async def test_in_any_order_the_last_state_shown_of_each_is_its_end(self) -> None:
        for seed in range(10):
            world, shuffler = World(), random.Random(seed)  # noqa: S311  # an order, not a secret
            documents = [new_id() for _ in range(MANY)]
            steps = [
                (document, stage, progress, sequence)
                for document in documents
                for sequence, (stage, progress) in enumerate(
                    (("uploaded", 0), ("processing", 10), ("indexing", 60), ("ready", 100)), 1
                )
            ]
            shuffler.shuffle(steps)

            for number, step in enumerate(steps):
                await move(world, *step)
                if number % 7 == 0:
                    await world.summaries.tell_all()
            await world.summaries.tell_all()

            last = {one["document_id"]: one["status"] for one in world.frames("document.status")}
            assert last == {str(document): "ready" for document in documents}
