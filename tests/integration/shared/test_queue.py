"""The rows of a queue of turns, on a real database: fair, leased, taken over, never done twice."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from shared.boxes import AlreadyHandled, LostTurn
from shared.cause import Cause, new_id
from shared.database import Database
from shared.envelope import Envelope
from shared.queue import Queue, Turn, withdraw
from tests.integration.shared.hearing import happened
from tests.integration.shared.queues import A, put, take
from tests.waiting import until_found

B, C = (UUID(int=number) for number in (2, 3))
STEPS = st.lists(st.sampled_from([A, B, C, None, None]), min_size=5, max_size=60)
"""Whose message comes next; None where a turn is taken and done."""


@pytest.fixture
def hasty(database: Database, durable: str) -> Queue:
    """The same rows, for whom a process is dead as soon as it is silent for a moment."""
    return Queue(database, durable, lease=0.05)


async def take_over(queue: Queue) -> Turn:
    """Take what another holds, as soon as its lease has lapsed."""
    taken: list[Turn] = []

    async def is_free() -> bool:
        turn = await queue.take(uuid4())
        taken.extend([turn] if turn else [])
        return turn is not None

    await until_found(is_free)
    return taken[0]


def work_of(turn: Turn, queue: Queue) -> Cause:
    """What a verb is given that works on a turn."""
    envelope = Envelope.read(turn.headers)
    return replace(envelope.cause(envelope.delivery(queue.durable)), lease=turn.lease)


class TestFairness:
    async def test_one_document_does_not_wait_for_anothers_two_hundred(self, queue: Queue) -> None:
        for _ in range(200):
            await put(queue, A)
        await take(queue)
        await put(queue, B)

        served = [(await take(queue)).owner_id for _ in range(2)]

        assert B in served

    async def test_somebodys_own_come_in_the_order_they_were_put(self, queue: Queue) -> None:
        put_in = [(await put(queue, A)).id for _ in range(5)]

        taken = [(await take(queue)).headers["ce-id"] for _ in range(5)]

        assert taken == put_in

    async def test_who_has_enough_places_is_passed_over(self, queue: Queue) -> None:
        for owner in (A, A, B):
            await put(queue, owner)

        assert (await take(queue, A)).owner_id == B
        assert await queue.take(uuid4(), but=[A]) is None

    async def test_who_was_away_has_no_claim_on_what_was_served_meanwhile(
        self, queue: Queue
    ) -> None:
        for _ in range(40):
            await put(queue, A)
        for _ in range(20):
            await queue.end((await take(queue)).lease)
        for _ in range(20):
            await put(queue, B)

        served = Counter([(await take(queue)).owner_id for _ in range(20)])

        assert abs(served[A] - served[B]) <= 1


def test_whoever_waits_sees_nobody_else_served_thrice_before_them(url: str) -> None:
    @given(STEPS)
    @settings(max_examples=20, deadline=None)
    def any_crowd(steps: list[UUID | None]) -> None:
        asyncio.run(_serve(url, steps))

    any_crowd()


async def _serve(url: str, steps: list[UUID | None]) -> None:
    """Put and take as drawn; count for each who waits how often each other one is served."""
    database = await Database.connect(url, source="test")
    queue = Queue(database, str(new_id()))
    waiting: Counter[UUID] = Counter()
    passed: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    for owner in [*steps, *([None] * len(steps))]:
        if owner is not None:
            await put(queue, owner)
            waiting[owner] += 1
            continue
        turn = await queue.take(uuid4())
        assert (turn is None) == (waiting.total() == 0)
        if turn is None:
            continue
        waiting[turn.owner_id] -= 1
        passed[turn.owner_id].clear()
        for other in waiting:
            if waiting[other] and other != turn.owner_id:
                passed[other][turn.owner_id] += 1
                assert passed[other][turn.owner_id] <= 2
        await queue.end(turn.lease)
    await database.close()


class TestLease:
    async def test_what_is_in_work_is_nobody_elses(self, queue: Queue) -> None:
        await put(queue)
        await take(queue)

        assert await queue.take(uuid4()) is None

    async def test_beats_keep_it_and_silence_loses_it(self, hasty: Queue, queue: Queue) -> None:
        await put(hasty)
        first = await take(hasty)
        assert await queue.beat([first.lease]) == {first.lease.token}
        assert await queue.take(uuid4()) is None
        await hasty.beat([first.lease])

        second = await take_over(hasty)

        assert second.lease.turn == first.lease.turn
        assert second.starts == 2
        assert await queue.beat([first.lease, second.lease]) == {second.lease.token}
        assert await queue.beat([first.lease]) == set()

    @pytest.mark.parametrize("midway", [True, False])
    async def test_who_lost_it_commits_nothing(
        self, hasty: Queue, database: Database, *, midway: bool
    ) -> None:
        await put(hasty)
        cause = work_of(await take(hasty), hasty)
        await take_over(hasty)

        with pytest.raises(LostTurn):
            await effect(database, cause.midway() if midway else cause)

        assert await count(database, "outbox", hasty) == 0
        assert await count(database, "inbox", hasty) == 0

    async def test_what_commits_first_counts_and_is_not_done_again(
        self, hasty: Queue, database: Database
    ) -> None:
        await put(hasty)
        await effect(database, work_of(await take(hasty), hasty))
        again = await take_over(hasty)

        with pytest.raises(AlreadyHandled):
            await effect(database, work_of(again, hasty))

        assert await count(database, "outbox", hasty) == 1

    async def test_what_was_withdrawn_is_neither_taken_nor_committed(
        self, queue: Queue, database: Database
    ) -> None:
        first, second = await put(queue), await put(queue)
        turn = await take(queue)

        async with database.begin(Cause()) as unit:
            await withdraw(unit.session, first.key)
            await withdraw(unit.session, second.key)

        assert await queue.take(uuid4()) is None
        assert await queue.beat([turn.lease]) == set()
        with pytest.raises(LostTurn):
            await effect(database, work_of(turn, queue))
        assert await count(database, "outbox", queue) == 0


class TestPut:
    async def test_a_message_is_queued_once(self, queue: Queue, database: Database) -> None:
        envelope = await put(queue)

        for _ in range(3):
            await queue.put(envelope, envelope.headers(), b"{}")

        assert await count(database, "turns", queue) == 1

    async def test_what_was_handled_is_not_queued_again(
        self, queue: Queue, database: Database
    ) -> None:
        envelope = await put(queue)
        turn = await take(queue)
        await effect(database, work_of(turn, queue))
        await queue.end(turn.lease)

        await queue.put(envelope, envelope.headers(), b"{}")

        assert await count(database, "turns", queue) == 0

    async def test_what_is_given_back_waits_for_its_time(self, queue: Queue) -> None:
        await put(queue)
        turn = await take(queue)
        await queue.give_back(turn.lease, 60)
        assert await queue.take(uuid4()) is None
        assert (await queue.state()).waiting == 1


async def effect(database: Database, cause: Cause) -> None:
    """Do what a verb does: a change, in one transaction with what was heard."""
    assert cause.lease is not None
    async with database.begin(cause) as unit:
        await unit.say(happened(f"turn {cause.lease.turn}"))


async def count(database: Database, table: str, queue: Queue) -> int:
    """Count what a listener has in one of the tables; in the outbox, what its turns said."""
    asked = {
        "inbox": "SELECT count(*) FROM inbox WHERE durable = :durable",
        "turns": "SELECT count(*) FROM turns WHERE durable = :durable",
        "outbox": "SELECT count(*) FROM outbox JOIN turns ON turns.durable = :durable"
        " AND CAST(outbox.body AS jsonb) ->> 'note' = concat('turn ', turns.id)",
    }[table]
    async with database.reading() as session:
        return int((await session.execute(text(asked), {"durable": queue.durable})).scalar_one())
