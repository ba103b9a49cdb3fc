"""What every store of notifications promises."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.notification import NotificationCreated
from services.notification.model import (
    FEW,
    Batch,
    Channels,
    Notification,
    NotificationNotFound,
    Slice,
    Tally,
    Thing,
)
from services.notification.ports import Store
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery, new_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CAUSE = Cause()


def told(
    user: UUID, about: UUID | None = None, *, sequence: int = 1, title: str = "Light"
) -> Notification:
    return Notification(
        id=new_id(),
        user_id=user,
        type="document.ready",
        about=about or new_id(),
        title=title,
        created_at=NOON,
        data={"passages": sequence},
        sequence=sequence,
    )


class StoreBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_what_was_put_is_found_again_as_it_was(self, store: Store) -> None:
        one = told(user := new_id())

        async with store.begin(CAUSE) as tx:
            assert await tx.put(one)

        async with store.begin(CAUSE) as tx:
            assert await tx.get(one.id, of=user) == one

    async def test_nobody_else_finds_it(self, store: Store) -> None:
        one = told(new_id())
        async with store.begin(CAUSE) as tx:
            await tx.put(one)

        async with store.begin(CAUSE) as tx:
            with pytest.raises(NotificationNotFound):
                await tx.get(one.id, of=new_id())
            assert await tx.find(Slice(10), of=new_id()) == []
            assert await tx.unread(of=new_id()) == 0

    async def test_the_second_of_a_person_type_and_thing_is_no_new_one(self, store: Store) -> None:
        first = told(user := new_id(), about := new_id(), sequence=5)
        async with store.begin(CAUSE) as tx:
            await tx.put(first)

        async with store.begin(CAUSE) as tx:
            assert not await tx.put(told(user, about, sequence=4, title="Older"))
            assert await tx.find(Slice(10), of=user) == [first]
            assert not await tx.put(told(user, about, sequence=6, title="Newer"))

        async with store.begin(CAUSE) as tx:
            [only] = await tx.find(Slice(10), of=user)
            assert (only.id, only.title, only.data) == (first.id, "Newer", {"passages": 6})

    async def test_pages_come_newest_first_and_meet_without_gap(self, store: Store) -> None:
        user = new_id()
        all_ = [told(user) for _ in range(5)]
        async with store.begin(CAUSE) as tx:
            for one in all_:
                await tx.put(one)

        async with store.begin(CAUSE) as tx:
            first = await tx.find(Slice(3), of=user)
            second = await tx.find(Slice(3, before=first[-1].id), of=user)

        assert first + second == all_[::-1]

    async def test_read_ones_leave_the_count_and_the_unread_list(self, store: Store) -> None:
        user = new_id()
        kept, read = told(user), told(user)
        async with store.begin(CAUSE) as tx:
            await tx.put(kept)
            await tx.put(read)
            await tx.read(read.read(NOON))

        async with store.begin(CAUSE) as tx:
            assert await tx.unread(of=user) == 1
            assert await tx.find(Slice(10, unread=True), of=user) == [kept]
            assert await tx.find(Slice(10, unread=False), of=user) == [read.read(NOON)]

    async def test_reading_all_reads_those_of_one_person(self, store: Store) -> None:
        mine, foreign = told(user := new_id()), told(other := new_id())
        async with store.begin(CAUSE) as tx:
            await tx.put(mine)
            await tx.put(foreign)
            await tx.read_all(NOON, of=user)

        async with store.begin(CAUSE) as tx:
            assert await tx.unread(of=user) == 0
            assert await tx.unread(of=other) == 1

    async def test_a_thing_is_remembered_as_gone(self, store: Store) -> None:
        async with store.begin(CAUSE) as tx:
            thing = await tx.thing(new_id())
            await tx.keep(thing.forgotten())

        async with store.begin(CAUSE) as tx:
            assert (await tx.thing(thing.id)).gone
            assert (await tx.audience(new_id(), thing.id)).gone
            assert not (await tx.audience(new_id(), new_id())).gone

    async def test_removing_and_retitling_touch_one_thing_only(self, store: Store) -> None:
        removed, kept = told(user := new_id()), told(user)
        async with store.begin(CAUSE) as tx:
            await tx.put(removed)
            await tx.put(kept)
            await tx.retitle(kept.about, "Optics")
            await tx.remove(removed.about)

        async with store.begin(CAUSE) as tx:
            assert [one.title for one in await tx.find(Slice(10), of=user)] == ["Optics"]

    async def test_an_error_takes_everything_with_it(self, store: Store) -> None:
        one = told(user := new_id())

        with pytest.raises(ZeroDivisionError):  # the block is what is tested
            async with store.begin(CAUSE) as tx:
                await tx.put(one)
                await tx.say(
                    NotificationCreated(notification_id=one.id, user_id=user, type=one.type)
                )
                _ = 1 / 0

        async with store.begin(CAUSE) as tx:
            assert await tx.unread(of=user) == 0

    async def test_a_message_is_taken_once(self, store: Store) -> None:
        heard = Cause(delivery=Delivery("notification-document-ready-v1", str(new_id())))
        async with store.begin(heard) as tx:
            await tx.thing(new_id())

        with pytest.raises(AlreadyHandled):
            async with store.begin(heard) as tx:
                await tx.thing(new_id())

    async def test_what_somebody_wants_is_kept_and_replaced(self, store: Store) -> None:
        user = new_id()
        async with store.begin(CAUSE) as tx:
            assert (await tx.audience(user)).channels("quiz") == Channels()
            await tx.prefer(user, {"quiz": Channels(live=False)})

        async with store.begin(CAUSE) as tx:
            assert (await tx.audience(user)).channels("quiz") == Channels(live=False)
            await tx.prefer(user, {"document": Channels(in_app=False)})
            families = (await tx.audience(user)).families

        assert families == {"document": Channels(in_app=False)}

    async def test_what_is_in_work_is_counted_until_it_is_enough_to_know(
        self, store: Store
    ) -> None:
        owner = await in_work(store, *["processing"] * (FEW + 5), "ready", "failed")
        few = await in_work(store, *["processing"] * FEW, "ready")

        async with store.begin(CAUSE) as tx:
            assert (await tx.audience(owner)).busy
            assert not (await tx.audience(few)).busy
            assert (await tx.audience(new_id())).in_work == 0

    async def test_who_becomes_busy_is_so_at_once_within_a_transaction(self, store: Store) -> None:
        owner = new_id()

        async with store.begin(CAUSE) as tx:
            busy = []
            for _ in range(FEW + 2):
                busy.append((await tx.audience(owner)).busy)
                await tx.move(in_state("processing", owner))

        assert busy == [False] * (FEW + 1) + [True]

    async def test_old_news_moves_nothing_and_what_is_gone_stays_so(self, store: Store) -> None:
        thing = in_state("indexing", new_id(), sequence=5)
        older = replace(thing, sequence=4, status="processing")
        later = replace(thing, sequence=6, status="ready")
        async with store.begin(CAUSE) as tx:
            assert await tx.move(thing)
            assert not await tx.move(older)
            assert not await tx.move(thing)
            assert await tx.thing(thing.id) == thing
            assert await tx.move(later)
            assert await tx.move(replace(later, sequence=0))
            assert await tx.thing(thing.id) == later
            await tx.keep(later.forgotten())

        async with store.begin(CAUSE) as tx:
            assert not await tx.move(replace(thing, sequence=7))
            assert (await tx.thing(thing.id)).gone

    async def test_only_who_is_to_be_told_of_a_batch_is_named(self, store: Store) -> None:
        few = await in_work(store, *["processing"] * FEW)
        many = await in_work(store, *["processing"] * (FEW + 1))
        ended = await in_work(store, "processing", "ready")
        waiting = await in_work(store, "processing", waiting=True)
        summed_up = await in_work(store, "processing")
        async with store.begin(CAUSE) as tx:
            assert not (await tx.audience(summed_up)).summed_up
            await tx.tell(summed_up, Tally(processing=1))

        async with store.begin(CAUSE) as tx:
            assert (await tx.audience(summed_up)).summed_up
        named = set(await store.owners_of_batches())
        assert {many, ended, waiting, summed_up} <= named
        assert few not in named

    async def test_a_batch_is_tallied_by_how_its_documents_are(self, store: Store) -> None:
        owner = await in_work(store, "ready", "failed", "quarantined", "cancelled", "processing")
        tally = Tally(ready=1, failed=2, cancelled=1, processing=1, progress=90)

        async with store.begin(CAUSE) as tx:
            assert await tx.batch(owner) == Batch(tally)

        assert owner in await store.owners_of_batches()

    async def test_what_ended_is_let_go_and_what_was_told_forgotten_when_all_is_over(
        self, store: Store
    ) -> None:
        owner = await in_work(store, "ready", "processing")
        async with store.begin(CAUSE) as tx:
            await tx.release(owner, over=False)
        async with store.begin(CAUSE) as tx:
            batch = await tx.batch(owner)
            assert batch == Batch(Tally(processing=1, progress=50))
            await tx.tell(owner, batch.tally)
            await tx.release(owner, over=True)

        async with store.begin(CAUSE) as tx:
            assert await tx.batch(owner) == batch

    async def test_what_waits_to_be_shown_is_found_until_it_was_shown(self, store: Store) -> None:
        owner = await in_work(store, "ready", *["processing"] * 3, waiting=True)

        async with store.begin(CAUSE) as tx:
            first = await tx.waiting(owner, 2)
            for one in first:
                await tx.keep(replace(one, waiting=False))
        async with store.begin(CAUSE) as tx:
            rest = await tx.waiting(owner, 2)

        assert (len(first), len(rest)) == (2, 1)
        assert not {one.id for one in first} & {one.id for one in rest}


async def in_work(store: Store, *states: str, waiting: bool = False) -> UUID:
    """Have somebody bring documents that are in these states, halfway where they go on."""
    owner = new_id()
    async with store.begin(CAUSE) as tx:
        for status in states:
            assert await tx.move(in_state(status, owner, waiting=waiting))
    return owner


def in_state(status: str, owner: UUID, *, sequence: int = 1, waiting: bool = False) -> Thing:
    return Thing(
        new_id(),
        sequence,
        owner_id=owner,
        status=status,
        progress=50,
        counted=True,
        waiting=waiting,
    )
