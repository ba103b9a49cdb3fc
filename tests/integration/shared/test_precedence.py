"""What somebody puts first comes first of theirs, and nobody else waits longer for it."""

from uuid import UUID, uuid4

from shared.cause import Cause
from shared.database import Database
from shared.envelope import Envelope
from shared.precedence import advance
from shared.queue import Queue
from tests.integration.shared.hearing import happened
from tests.integration.shared.queues import A, put, take

B = UUID(int=2)


async def ask_for(database: Database, key: str) -> None:
    async with database.begin(Cause()) as unit:
        await advance(unit.session, key)


async def served(queue: Queue, count: int) -> list[str]:
    return [(await take(queue)).headers["ce-id"] for _ in range(count)]


class TestAdvance:
    async def test_it_comes_next_and_the_others_keep_their_order(
        self, queue: Queue, database: Database
    ) -> None:
        first, second, third, fourth = [await put(queue, A) for _ in range(4)]

        await ask_for(database, third.key)

        assert await served(queue, 4) == [third.id, first.id, second.id, fourth.id]

    async def test_nobody_else_waits_longer_for_it(self, queue: Queue, database: Database) -> None:
        mine, theirs = [], []
        for _ in range(3):
            mine.append(await put(queue, A))
            theirs.append(await put(queue, B))
        mine += [await put(queue, A) for _ in range(3)]

        await ask_for(database, mine[-1].key)

        taken = [await take(queue) for _ in range(9)]
        ids = [turn.headers["ce-id"] for turn in taken]
        assert [id_ for id_ in ids if id_ in {one.id for one in theirs}] == [o.id for o in theirs]
        assert mine[-1].id in ids[:2]
        for place, one in enumerate(theirs):
            assert ids.index(one.id) <= 2 * place + 1

    async def test_the_last_one_asked_for_is_first(self, queue: Queue, database: Database) -> None:
        first, second, third = [await put(queue, A) for _ in range(3)]

        for wanted in (second, third):
            await ask_for(database, wanted.key)

        assert await served(queue, 3) == [third.id, second.id, first.id]

    async def test_what_is_in_work_stays_where_it_is(
        self, queue: Queue, database: Database
    ) -> None:
        working = await put(queue, A)
        turn = await take(queue)
        rest = [await put(queue, A) for _ in range(2)]

        await ask_for(database, working.key)

        assert await queue.beat([turn.lease]) == {turn.lease.token}
        assert await served(queue, 2) == [one.id for one in rest]

    async def test_what_is_queued_only_later_comes_first_then_and_once(
        self, queue: Queue, database: Database
    ) -> None:
        waiting = [await put(queue, A) for _ in range(2)]
        message = happened()
        await ask_for(database, str(message.thing_id))

        late = []
        for _ in range(2):
            envelope = Envelope.seal(message, Cause(actor=A), source="lab")
            body = message.model_dump_json().encode()
            await queue.put(envelope, envelope.headers(), body)
            late.append(envelope.id)

        assert late[0] != late[1]
        assert await served(queue, 4) == [late[0], *(one.id for one in waiting), late[1]]

    async def test_nothing_waiting_is_nothing_to_do(self, database: Database) -> None:
        await ask_for(database, str(uuid4()))
