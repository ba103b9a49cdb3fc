"""Work that waits its turn: done once, by whoever holds the lease, and never under an old one."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Final
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from nats.aio.msg import Msg

from shared.bus_hearing import _deliver, _HeardFromNats
from shared.cause import Cause
from shared.dead_letters import DEAD
from shared.envelope import Envelope
from shared.queue import withdraw
from tests.integration.shared.lab import Work
from tests.simulation.broker import Stored
from tests.simulation.fate import Fate, Fault
from tests.simulation.hearing import PATIENCE
from tests.simulation.machine import WHICH, Machine, faults, holds
from tests.simulation.profile import LIMIT
from tests.simulation.working import DURABLE, Worker
from tests.simulation.world import Process, World

STREAM: Final = "CMD_LAB"
OWNERS: Final = [UUID(int=number) for number in range(1, 4)]
QUEUING: Final = faults("INSERT INTO turns", "ack")
WORKING: Final = faults(
    "SELECT 1 FROM turns",
    "DELETE FROM turns",
    "UPDATE turns",
    "UPDATE turns SET lease",
    "INSERT INTO effects",
    "COMMIT",
)


class TakingTurns(Machine):
    """Three processes work one queue off, and lose their leases in every way there is."""

    def __init__(self) -> None:
        super().__init__()
        self.world.broker.place(DURABLE, STREAM, "cmd.lab.work.v1")
        self.natures: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.taken_back: set[str] = set()
        """What may or may not be done, by id: somebody asked for its withdrawal."""
        self.withdrawn: dict[str, bool] = {}
        """By id, whether it was done before."""
        self.queuing: Counter[str] = Counter()
        """How often each is being queued now, by id: whoever sleeps over that may do it late."""
        self.revoked: dict[str, int] = {}
        """By token, how much was done under it when it was first seen to be lost."""
        self.tokens: set[str] = set()
        self.begun: defaultdict[str, list[int]] = defaultdict(list)
        """By id, how much had gone wrong by each time that it was begun again."""
        self.workers: dict[str, Worker] = {}
        self.gone_well: list[Worker] = []
        """Those that went when they were told to, and nothing hindered them."""
        self.processes = [self.started(name) for name in ("one", "two", "three")]

    def started(self, name: str) -> Process:
        process = Process(self.world, name)
        worker = Worker(process, self.natures, self.begins)
        process.gone_well.append(lambda: self.gone_well.append(worker))
        self.workers[name] = worker
        return process

    def another(self, old: Process) -> Process:
        return self.started(old.name)

    def begins(self, message_id: str) -> None:
        """Note that something is begun again."""
        self.begun[message_id].append(self.troubles())

    @rule(
        owner=st.sampled_from(OWNERS),
        nature=st.sampled_from(["", "long", "long", "long", "poison", "killer"]),
        process=WHICH,
        fault=QUEUING,
    )
    def say(self, owner: UUID, nature: str, process: int, fault: Fault | None) -> None:
        """Ask for a piece of work, and let a process hear of it, or of one before."""
        message = Work(thing_id=UUID(int=len(self.natures) + 1))
        envelope = Envelope.seal(message, Cause(actor=owner), source="lab")
        self.natures[envelope.id] = nature
        self.keys[envelope.id] = envelope.key
        body = message.model_dump_json().encode()
        self.world.broker.store(STREAM, "cmd.lab.work.v1", envelope.headers(), body)
        self.hear(process, 0, fault)

    @rule(process=WHICH, which=WHICH, fault=QUEUING)
    def hear(self, process: int, which: int, fault: Fault | None) -> None:
        """Queue one of those that were said."""
        queuing = self.alive(process)
        there = self.world.broker.available(DURABLE)
        if there:
            raw = self.world.broker.give(DURABLE, self.pick(there, which), queuing.link)
            queuing.do(self._queue(queuing.name, raw), fault)

    @rule(
        process=WHICH, fault=WORKING, seconds=st.sampled_from([4.0, 8.0, 20.0]), wake=st.booleans()
    )
    def disturb(self, process: int, fault: Fault | None, seconds: float, wake: bool) -> None:
        """Let something go wrong in what a process does next, whatever that is."""
        self.alive(process).steps.arm(fault)
        self.wait(seconds)
        if wake:
            self.wake(process)

    @rule(
        owner=st.sampled_from(OWNERS),
        process=WHICH,
        at=st.integers(0, 2),
        of=st.sampled_from(["COMMIT", "SELECT 1 FROM turns", "INSERT INTO effects"]),
    )
    def lose_a_lease(self, owner: UUID, process: int, at: int, of: str) -> None:
        """Let a process sleep while it works until another has taken over, and then go on."""
        self.say(owner, "long", process, None)
        self.disturb(process, Fault(at, Fate.SLEEPS_BEFORE, of), 20.0, wake=True)

    @rule(seconds=st.sampled_from([0.5, 2.0, 5.0, 8.0]))
    def wait(self, seconds: float) -> None:
        self.nothing_is_done_under_a_lost_lease()
        super().wait(seconds)
        self.nothing_is_done_under_a_lost_lease()

    @precondition(lambda self: self.natures)
    @rule(which=WHICH)
    def withdraw(self, which: int) -> None:
        """Take back what was asked for."""
        message_id = self.pick(sorted(self.natures), which)
        process = self.alive(which)
        self.taken_back.add(message_id)
        task = process.do(self._withdraw(process, self.keys[message_id]))
        queued = "SELECT 1 FROM turns WHERE message_id = $1"
        heard = {one.headers["ce-id"] for one in self.world.broker.finished(DURABLE)}
        gone = not self.world.truth.rows(queued, message_id)
        committed = task.done() and not task.cancelled() and not task.exception()
        may_come = message_id not in heard or self.queuing[message_id]
        if committed and gone and not may_come:
            self.withdrawn.setdefault(message_id, message_id in self._done())

    @invariant()
    def each_is_done_once_and_counted(self) -> None:
        done = self._done()
        assert not done or max(done.values()) == 1, done
        inbox = {row[0] for row in self.world.truth.rows("SELECT message_id FROM inbox")}
        assert inbox == set(done)
        for message_id, before in self.withdrawn.items():
            assert before or message_id not in done, "done after it was withdrawn"

    @invariant()
    def nothing_is_done_under_a_lost_lease(self) -> None:
        truth = self.world.truth
        held = {
            str(row[0]) for row in truth.rows("SELECT lease FROM turns WHERE lease IS NOT NULL")
        }
        self.tokens |= held
        deeds = Counter(row[0] for row in truth.rows("SELECT note FROM effects"))
        for token in self.tokens - held:
            before = self.revoked.setdefault(token, deeds[token])
            assert deeds[token] == before, "done under a lost lease"

    @invariant()
    def who_goes_in_order_leaves_no_turn_that_others_have_to_wait_for(self) -> None:
        rows = self.world.truth.rows("SELECT lease FROM turns WHERE lease IS NOT NULL")
        held = {str(row[0]) for row in rows}
        assert not any(held & worker.queue.tokens for worker in self.gone_well)

    @invariant()
    def those_who_work_go_on(self) -> None:
        for worker in self.workers.values():
            running = worker.running
            if worker.process.is_alive and running.done():
                raise AssertionError(f"it ended: {running}")

    def ends_well(self) -> None:
        for _ in range(30):
            for place in range(len(self.processes)):
                self.hear(place, 0, None)
            self.wait(5.0)
            if self._is_over():
                break
        self.each_is_done_once_and_counted()
        died = {one.headers["ce-id"] for one in self._dead()}
        done = set(self._done())
        assert set(self.natures) - self.taken_back <= done | died, "lost"
        assert self._is_over(), "somebody waits for ever"
        for one in died:
            assert self.natures[one] in {"poison", "killer"} or self._is_unlucky(one)

    def _is_unlucky(self, message_id: str) -> bool:
        """Say whether trouble ended each try: by what is known then, it ended its processes."""
        begun = self.begun[message_id]
        return len(begun) > PATIENCE.starts and all(one < two for one, two in pairwise(begun))

    def _is_over(self) -> bool:
        waits = self.world.truth.rows("SELECT 1 FROM turns")
        return not waits and not self.world.broker.unfinished(DURABLE)

    def _done(self) -> Counter[str]:
        rows = self.world.truth.rows("SELECT message_id FROM effects WHERE durable = 'done'")
        return Counter(row[0] for row in rows)

    def _dead(self) -> list[Stored]:
        stream = self.world.broker.streams.get(DEAD)
        return list(stream.messages) if stream else []

    async def _queue(self, name: str, raw: Msg) -> None:
        heard = _HeardFromNats(raw)
        self.queuing[heard.headers["ce-id"]] += 1
        try:
            await _deliver(heard, self.workers[name].turns)
        finally:
            self.queuing[heard.headers["ce-id"]] -= 1

    async def _withdraw(self, process: Process, key: str) -> None:
        async with process.database.begin(Cause()) as unit:
            await withdraw(unit.session, key)


@pytest.mark.timeout(LIMIT)
def test_each_piece_of_work_is_done_once_under_a_lease_that_holds(world: World) -> None:
    holds(TakingTurns, world, few=45)
