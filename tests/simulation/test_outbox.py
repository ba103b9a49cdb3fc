"""The outbox and its relays: all that commits is published, and nothing that does not."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from shared.cause import Cause, new_id
from tests.integration.shared.lab import Happened
from tests.simulation.broker import WINDOW, Stored
from tests.simulation.fate import Fate, Fault
from tests.simulation.machine import WHICH, Machine, faults, holds
from tests.simulation.profile import LIMIT
from tests.simulation.world import Process, World

STREAM = "EVT_LAB"


class Refused(Exception):
    """What a verb raises that thinks better of it."""


class Outbox(Machine):
    """Two processes say things and carry each other's outbox."""

    def __init__(self) -> None:
        super().__init__()
        self.processes = [Process(self.world, name) for name in ("first", "second")]
        self.sure: set[UUID] = set()
        """What was said in transactions of which somebody was told that they committed."""
        self.refused: set[UUID] = set()
        self.committed: set[UUID] = set()
        self.waiting: set[UUID] = set()
        self.forgotten: list[float] = []

    @rule(
        process=WHICH,
        count=st.integers(1, 3),
        refuse=st.sampled_from([False, False, False, True]),
        fault=faults("BEGIN", "INSERT INTO outbox", "COMMIT"),
    )
    def say(self, process: int, count: int, refuse: bool, fault: Fault | None) -> None:
        """Say something in one transaction, which may hang, die, or not be known to have ended."""
        speaker = self.alive(process)
        speaker.do(self._say(speaker, count, refuse=refuse), fault)

    @rule(process=WHICH)
    def carry(self, process: int) -> None:
        """Let a relay carry once without trouble: in the order of the outbox."""
        before = len(self.stored())
        task = self._carried(process, None)
        if task.done() and not task.cancelled() and not task.exception():
            after = [UUID(one.id) for one in self.stored()[before:]]
            rows = self.world.truth.rows("SELECT message_id FROM outbox ORDER BY id")
            order = [row["message_id"] for row in rows]
            assert after == sorted(after, key=order.index), "not in the order of the outbox"

    @rule(process=WHICH, fault=faults("publish", "publish", "UPDATE outbox", "COMMIT"))
    def carry_in_trouble(self, process: int, fault: Fault | None) -> None:
        """Let a relay carry something, and go wrong."""
        speaker = self.alive(process + 1)
        speaker.do(self._say(speaker, 1, refuse=False))
        self._carried(process, fault)

    @rule(process=WHICH, fate=st.sampled_from([Fate.HANGS_BEFORE, Fate.HANGS_AFTER]))
    def commit_late(self, process: int, fate: Fate) -> None:
        """Let something be committed only when what was said after it has been carried."""
        speaker = self.alive(process)
        speaker.do(self._say(speaker, 1, refuse=False), Fault(0, fate, "COMMIT"))
        self.carry_in_trouble(process, None)
        self.wake(process)

    @rule(process=WHICH, fault=faults("DELETE"))
    def sweep(self, process: int, fault: Fault | None) -> None:
        """Let a relay drop what is old."""
        sweeper = self.alive(process)
        self.only_away(sweeper.do(sweeper.relay.sweep_once(), fault))

    @rule(seconds=st.sampled_from([1.0, 100.0, 2000.0, 9 * 86_400.0]))
    def wait(self, seconds: float) -> None:
        super().wait(seconds)

    def forget_ids(self) -> None:
        super().forget_ids()
        self.forgotten.append(self.world.loop.time())

    @invariant()
    def what_is_sure_is_committed_and_what_was_refused_is_not(self) -> None:
        rows = self.world.truth.rows("SELECT message_id, published_at FROM outbox ORDER BY id")
        here = {row["message_id"] for row in rows}
        self.committed |= here
        assert self.sure <= self.committed
        assert not self.refused & self.committed
        stored = {UUID(one.id) for one in self.stored()}
        assert stored <= self.committed, "published, not committed"
        assert self.waiting <= here | stored, "what waited to be published is gone"

        self.waiting = {row["message_id"] for row in rows if row["published_at"] is None}
        assert here - self.waiting <= stored, "marked, not published"

    @invariant()
    def what_is_stored_twice_is_so_outside_of_the_window(self) -> None:
        last: dict[str, float] = {}
        for one in self.stored():
            before = last.get(one.id)
            assert before is None or self._may_repeat(before, one.at), one
            last[one.id] = one.at

    def stored(self) -> list[Stored]:
        """What is in the stream."""
        stream = self.world.broker.streams.get(STREAM)
        return stream.messages if stream else []

    def ends_well(self) -> None:
        relays = [process.beside(process.relay.run()) for process in self.processes]
        self.world.settle(20)

        assert not any(relay.done() for relay in relays)
        self.what_is_sure_is_committed_and_what_was_refused_is_not()
        assert not self.waiting
        counted = Counter(UUID(one.id) for one in self.stored())
        assert set(counted) == self.committed

    def _carried(self, process: int, fault: Fault | None) -> "asyncio.Task[tuple[int, int]]":
        carrier = self.alive(process)
        task = carrier.do(carrier.relay.carry(), fault)
        self.only_away(task)
        return task

    async def _say(self, speaker: Process, count: int, *, refuse: bool) -> None:
        things = [Happened(thing_id=new_id()) for _ in range(count)]
        async with speaker.database.begin(Cause(actor=new_id())) as unit:
            for thing in things:
                await unit.say(thing)
            said = {UUID(one.message_id) for one in unit.said}
            if refuse:
                self.refused |= said
                raise Refused
        self.sure |= said

    def _may_repeat(self, before: float, after: float) -> bool:
        return after - before >= WINDOW or any(before <= at <= after for at in self.forgotten)


@pytest.mark.timeout(LIMIT)
def test_all_that_commits_is_published_and_nothing_else(world: World) -> None:
    holds(Outbox, world)
