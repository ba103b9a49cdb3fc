"""Inbox, order per key, dead letters and operations: each effect once, nobody forgotten."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from enum import Enum
from typing import Final
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from nats.aio.msg import Msg

from services.operations.deaths import PLACE
from shared.again import TO
from shared.cause import Cause
from shared.dead_letters import DEAD
from shared.envelope import Envelope
from tests.integration.shared.lab import Happened
from tests.simulation.fate import Fate, Fault
from tests.simulation.hearing import DURABLE, Deeds, Ear
from tests.simulation.machine import WHICH, Machine, faults, holds
from tests.simulation.operating import Deed, Operations
from tests.simulation.profile import LIMIT
from tests.simulation.truth import EPOCH
from tests.simulation.world import Process, World

STREAM: Final = "EVT_LAB"
SAID_AGAIN: Final = f"to-{DURABLE}"
KEYS: Final = [UUID(int=number) for number in range(1, 4)]
HEARING: Final = faults(
    "publish", "ack", "nak", "term", "COMMIT", "INSERT INTO", "INSERT INTO parked", "DELETE"
)
OPERATING: Final = faults("publish", "INSERT INTO letters", "COMMIT")
UNSAID: Final = st.sampled_from(
    [Fault(0, fate, "publish") for fate in (Fate.LOST_BEFORE, Fate.DIES_BEFORE, Fate.GOES_LOST)]
)
NATURES: Final = st.sampled_from(["", "", "twice", "poison", "killer", "unreadable", "unreadable"])


class More(Enum):
    """What else may happen at any time."""

    CURE = "the verb is mended"
    COPY = "the broker stores something a second time"
    OPERATIONS_CLOCK = "the clock of operations' host jumps"
    BROKERS_CLOCK = "the broker's clock jumps, as when another of its nodes leads"


class Hearing(Machine):
    """Two processes hear, and operations keeps what they cannot handle."""

    def __init__(self) -> None:
        super().__init__()
        broker = self.world.broker
        broker.place(DURABLE, STREAM, "evt.lab.happened.v1")
        broker.place(SAID_AGAIN, TO, f"to.{DURABLE}")
        broker.place(PLACE, DEAD, f"dead.{DURABLE}")
        self.deeds = Deeds(self.world)
        self.versions: Counter[UUID] = Counter()
        self.said: dict[str, Envelope] = {}
        self.given_up: set[str] = set()
        self.operations_clock = 0.0
        self.ears: dict[str, Ear] = {}
        self.operations: Operations
        self.processes = [self.started(name) for name in ("one", "two", "operations")]

    def started(self, name: str) -> Process:
        process = Process(self.world, name)
        if name == "operations":
            self.operations = Operations(process, self._now, self.given_up)
        else:
            self.ears[name] = Ear(process, self.deeds, together=name == "two")
        return process

    def another(self, old: Process) -> Process:
        return self.started(old.name)

    @rule(key=st.sampled_from(KEYS), nature=NATURES)
    def say(self, key: UUID, nature: str) -> None:
        """Let something happen."""
        self.versions[key] += 1
        message = Happened(thing_id=key, note=nature)
        envelope = Envelope.seal(message, Cause(), source="lab", sequence=self.versions[key])
        body = b"{}" if nature == "unreadable" else message.model_dump_json().encode()
        self.said[envelope.id] = envelope
        self.world.broker.store(STREAM, message.address, envelope.headers(), body)

    def say_once_more(self, which: int) -> None:
        """Let the broker store something a second time."""
        self.world.broker.forget_ids()
        if self.said:
            stored = self.pick(self.world.broker.streams[STREAM].messages, which)
            self.world.broker.store(STREAM, stored.subject, stored.headers, stored.body)

    @rule(
        process=st.integers(0, 1),
        which=st.lists(WHICH, min_size=1, max_size=4),
        fault=HEARING,
    )
    def hear(self, process: int, which: list[int], fault: Fault | None) -> None:
        """Give one process some of what is there, in any order."""
        name = self.alive(process).name
        raws = self._given(which, self.processes[process])
        if not raws:
            return
        ear = self.ears[name]
        if fault:
            ear.disturbed()
        self.deeds.look()
        ear.process.do(ear.deliver(raws), fault)
        self.deeds.look()

    @rule(
        key=st.sampled_from(KEYS),
        natures=st.lists(NATURES, min_size=1, max_size=3),
        process=st.integers(0, 1),
        fault=HEARING,
    )
    def hear_a_series(
        self, key: UUID, natures: list[str], process: int, fault: Fault | None
    ) -> None:
        """Let things happen to one key, and one process hear them at once, as most often."""
        for nature in natures:
            self.say(key, nature)
        self._hear_the_newest(process, len(natures), fault=fault)

    @rule(which=WHICH, process=st.integers(0, 1))
    def hear_a_copy(self, which: int, process: int) -> None:
        """Let a process hear what the broker has stored a second time."""
        if self.said:
            self.say_once_more(which)
            self._hear_the_newest(process, 1, fault=None)

    @rule(
        deed=st.sampled_from([Deed.REDRIVE, Deed.MEND, Deed.DISCARD]),
        fault=st.one_of(faults("publish", "COMMIT"), UNSAID),
    )
    def operate_on_a_dead_one(self, deed: Deed, fault: Fault | None) -> None:
        """Let something die at once behind nobody, and operators decide about it."""
        self.say(UUID(int=len(KEYS) + len(self.said) + 1), "unreadable")
        self._hear_the_newest(0, 1, fault=None)
        self.hear_of_a_death(-1, None)
        self.operate(deed, -1, fault)

    @rule(which=WHICH, fault=faults("ack", "INSERT INTO letters", "COMMIT"))
    def hear_of_a_death(self, which: int, fault: Fault | None) -> None:
        """Give operations one of those that died."""
        there = self.world.broker.available(PLACE)
        process = self.alive(2)
        if there:
            raw = self.world.broker.give(PLACE, self.pick(there, which), process.link)
            self.only_away(process.do(self.operations.bury(raw), fault))

    @rule(deed=st.sampled_from(Deed), which=WHICH, fault=OPERATING)
    def operate(self, deed: Deed, which: int, fault: Fault | None) -> None:
        """Let operators decide, and operations do what is planned."""
        process = self.alive(2)
        work = self.operations.ask(deed, which)
        if work is not None:
            self.only_away(process.do(work, fault))

    @rule(more=st.sampled_from(More), which=WHICH)
    def meet_more(self, more: More, which: int) -> None:
        """Let happen what does only here."""
        match more:
            case More.CURE:
                self.deeds.cured = True
            case More.COPY:
                self.say_once_more(which)
            case More.OPERATIONS_CLOCK:
                self.operations_clock += 60.0 if which % 2 else -60.0
            case More.BROKERS_CLOCK:
                self.world.broker.epoch += 60.0 if which % 2 else -60.0

    @rule(seconds=st.sampled_from([0.3, 1.0, 3.0, 9.0]))
    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self.deeds.look()

    def wake(self, process: int) -> None:
        for ear in self.ears.values():
            ear.disturbed()
        super().wake(process)
        self.deeds.look()

    def set_the_databases_clock(self, seconds: float) -> None:
        super().set_the_databases_clock(seconds)
        self.deeds.look()

    @invariant()
    def nobody_overtakes(self) -> None:
        assert not self.deeds.overtaken, self.deeds.overtaken

    @invariant()
    def who_goes_in_order_leaves_nothing_to_be_run_again(self) -> None:
        assert not self.deeds.left, self.deeds.left

    @invariant()
    def effects_count_once_with_all_that_belongs_to_them(self) -> None:
        truth = self.world.truth
        effects = Counter(row[0] for row in truth.rows("SELECT message_id FROM effects"))
        said = Counter(
            row[0] for row in truth.rows("SELECT headers->>'ce-causationid' FROM outbox")
        )
        inbox = {row[0] for row in truth.rows("SELECT message_id FROM inbox")}
        assert not effects or max(effects.values()) == 1, effects
        assert said == effects
        assert set(effects) <= inbox
        self.operations.look()
        assert inbox - set(effects) <= self.given_up

    @invariant()
    def what_is_done_with_is_kept_somewhere(self) -> None:
        truth, broker = self.world.truth, self.world.broker
        kept = {row[0] for row in truth.rows("SELECT message_id FROM inbox")}
        kept |= {
            row[0] for row in truth.rows("SELECT message_id FROM parked WHERE state = 'parked'")
        }
        died: dict[str, float] = defaultdict(lambda: -1.0)
        if DEAD in broker.streams:
            for dead in broker.streams[DEAD].messages:
                died[dead.headers["ce-id"]] = dead.at
        for durable in (DURABLE, SAID_AGAIN):
            for one in broker.finished(durable):
                message_id = one.headers["ce-id"]
                story = f"{message_id} is lost: acked at {durable}, stored {one.at}, {one.headers}"
                assert message_id in kept or died[message_id] >= one.at, story

    def heal(self) -> None:
        self.deeds.cured = True
        self.operations_clock += 3600.0
        super().heal()
        self.deeds.look()

    def ends_well(self) -> None:
        for _ in range(40):
            if self._is_over():
                break
            self._a_round()
        self.nobody_overtakes()
        self.who_goes_in_order_leaves_nothing_to_be_run_again()
        self.effects_count_once_with_all_that_belongs_to_them()
        handled = {row[0] for row in self.world.truth.rows("SELECT message_id FROM inbox")}
        assert handled == set(self.said), f"never handled: {set(self.said) - handled}"
        assert self._is_over(), "somebody waits for ever"

    def _a_round(self) -> None:
        """Let everybody do what they can once, and operators redrive all that waits."""
        for place, name in enumerate(("one", "two")):
            self.hear(place, list(range(place, 60, 2)), fault=None)
            assert self.ears[name].process.is_alive
        while self.world.broker.available(PLACE):
            self.hear_of_a_death(0, None)
        while (unreadable := self.operations.unreadable()) is not None:
            self.operate(Deed.DISCARD, unreadable, None)
        while self.operations.waits():
            self.operate(Deed.REDRIVE, 0, None)
        self.world.settle(5)
        self.deeds.look()

    def _is_over(self) -> bool:
        broker, truth = self.world.broker, self.world.truth
        waits = self.operations.waits() or truth.rows("SELECT 1 FROM parked")
        return not waits and not any(
            broker.unfinished(durable) for durable in (DURABLE, SAID_AGAIN, PLACE)
        )

    def _hear_the_newest(self, process: int, count: int, *, fault: Fault | None) -> None:
        newest = len(self.world.broker.available(DURABLE))
        self.hear(process, list(range(newest - count, newest)), fault)

    def _given(self, which: list[int], process: Process) -> list[Msg]:
        broker = self.world.broker
        there = [(place, one) for place in (DURABLE, SAID_AGAIN) for one in broker.available(place)]
        if not there:
            return []
        chosen = dict.fromkeys(self.pick(there, one) for one in which)
        return [broker.give(durable, place, process.link) for durable, place in chosen]

    def _now(self) -> datetime:
        seconds = EPOCH + self.world.loop.time() + self.operations_clock
        return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.timeout(LIMIT)
def test_each_effect_once_and_in_order_and_nobody_forgotten(world: World) -> None:
    holds(Hearing, world, few=60)
