"""What every state machine has: processes that die and come again, time, and a fickle broker."""

import asyncio
from enum import Enum
from typing import Any, ClassVar, Final, TypeVar

from hypothesis import currently_in_test_context, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from shared.problems import Away
from tests.simulation.fate import Fate, Fault
from tests.simulation.profile import EXAMPLES, SETTINGS
from tests.simulation.world import Process, World

_FATES: Final = st.sampled_from(Fate)
CLASSICS: Final = st.sampled_from(
    [
        Fault(0, Fate.HANGS_BEFORE, "COMMIT"),  # a late committer
        Fault(0, Fate.LOST_AFTER, "COMMIT"),  # an ambiguous commit
        Fault(0, Fate.SLEEPS_BEFORE, "COMMIT"),  # a zombie
        Fault(0, Fate.DIES_BEFORE, "COMMIT"),
        Fault(0, Fate.LOST_BEFORE, "publish"),
        Fault(0, Fate.LOST_AFTER, "publish"),
        Fault(0, Fate.LOST_BEFORE, "ack"),
    ]
)
WHICH: Final = st.integers(0, 7)
"""Which of several, counted round and round."""

T = TypeVar("T")
P = TypeVar("P", bound=Process)


def faults(*words: str) -> st.SearchStrategy[Fault | None]:
    """Choose nothing, something classic, or any fate at any step or at one of these words."""
    of = st.sampled_from(words)
    return st.one_of(
        st.none(),
        CLASSICS,
        st.builds(Fault, st.integers(0, 9), _FATES),
        st.builds(Fault, st.integers(0, 1), _FATES, of),
        st.builds(Fault, st.integers(0, 1), _FATES, of),
    )


class Trouble(Enum):
    """What may happen at any time."""

    RESTART = "a process is killed and started again"
    GO = "a process is told to go, and another is started"
    WAKE = "what hung or slept goes on"
    FORGET = "the broker loses its window of de-duplication"
    AWAY = "the broker is away for a while"
    CLOCK_AHEAD = "the database's clock jumps ahead"
    CLOCK_BACK = "the database's clock jumps back"


class Machine(RuleBasedStateMachine):
    """One example: a world that was emptied, and what happens to it."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.begin()
        self.processes: list[Process] = []
        self.leaving: list[Process] = []
        """Those that were told to go, and whose place another has taken."""
        self.furthest = 0.0
        self._past_troubles = 0

    @rule(trouble=st.sampled_from(Trouble), process=WHICH)
    def meet(self, trouble: Trouble, process: int) -> None:
        """Let something happen that nobody asked for."""
        match trouble:
            case Trouble.RESTART:
                self.restart(process)
            case Trouble.GO:
                self.tell_to_go(process)
            case Trouble.WAKE:
                self.wake(process)
            case Trouble.FORGET:
                self.forget_ids()
            case Trouble.AWAY:
                self.world.broker.away = True
            case Trouble.CLOCK_AHEAD:
                self.set_the_databases_clock(4000.0)
            case Trouble.CLOCK_BACK:
                self.set_the_databases_clock(-4000.0)

    @rule(process=WHICH, seconds=st.sampled_from([2.0, 8.0, 20.0]))
    def freeze(self, process: int, seconds: float) -> None:
        """Let a process stand still for a while, whatever it does, and then go on."""
        frozen = self.alive(process)
        frozen.steps.sleep()
        self.wait(seconds)
        self.wake(process)

    def restart(self, process: int) -> None:
        """Kill it wherever it is, and start another in its place."""
        place = process % len(self.processes)
        old = self.processes[place]
        self.told(old, "killed")
        old.end()
        self._past_troubles += _troubles(old)
        self.processes[place] = self.another(old)

    def tell_to_go(self, process: int) -> None:
        """Tell it to finish what it has in hand and to be gone."""
        self.alive(process).go()
        self.world.settle()

    def wake(self, process: int) -> None:
        """Let what hangs or sleeps go on, however late it is."""
        self.pick([*self.processes, *self.leaving], process).steps.wake()
        self.world.settle()

    def wait(self, seconds: float) -> None:
        """Let time pass for everybody; a broker that was away is there again."""
        self.world.broker.away = False
        self.world.settle(seconds)

    def set_the_databases_clock(self, seconds: float) -> None:
        """Let the database's clock jump, forward or back."""
        self._past_troubles += 1
        self.world.skew += seconds
        self.furthest = max(self.furthest, self.world.skew)

    def forget_ids(self) -> None:
        """Let the broker lose its window of de-duplication."""
        self.world.broker.forget_ids()

    def another(self, old: Process) -> Process:
        """Start a process in place of one that is gone."""
        return type(old)(self.world, old.name)

    def pick(self, several: list[T], which: int) -> T:
        """Choose one."""
        return several[which % len(several)]

    def alive(self, process: int) -> Process:
        """Choose a process; for one that died or goes another is started."""
        place = process % len(self.processes)
        chosen = self.processes[place]
        if not chosen.is_alive:
            self.restart(place)
        elif chosen.draining.is_set():
            self.leaving.append(chosen)
            self.processes[place] = self.another(chosen)
        return self.processes[place]

    def troubles(self) -> int:
        """Count what went wrong so far anywhere; more each time that one asks in trouble."""
        there = [*self.processes, *self.leaving]
        self._past_troubles += any(one.steps.stands for one in there)
        return self._past_troubles + sum(map(_troubles, there))

    def told(self, process: Process, how: str) -> None:
        """Write down for readers of a failure what a process did."""
        if currently_in_test_context():  # and not in one that goes step by step
            note(f"{process.name} {how}: {'; '.join(process.steps.trail[-40:])}")

    def only_away(self, task: "asyncio.Task[Any]") -> None:
        """See that something raised nothing but what a missing server raises."""
        if task.done() and not task.cancelled() and task.exception() is not None:
            assert isinstance(task.exception(), Away), repr(task.exception())

    def heal(self) -> None:
        """End all trouble: what slept goes on, what died is started, the broker is there.

        What is planned for a time that a clock has already shown waits until it shows it again.
        """
        self.world.broker.away = False
        self._past_troubles += 1
        self.world.skew = self.furthest
        for place, process in enumerate([*self.processes, *self.leaving]):
            process.steps.heal()
            self.wake(place)
        for place in range(len(self.processes)):
            self.alive(place)
        self.world.settle(10)

    def teardown(self) -> None:
        """Hold it to what must be true in the end, then let everything go."""
        try:
            self.heal()
            self.ends_well()
        finally:
            for process in [*self.processes, *self.leaving]:
                self.told(process, "ends")
                process.end()

    def ends_well(self) -> None:
        """See that nothing was lost and nobody waits."""
        raise NotImplementedError


def _troubles(process: Process) -> int:
    """Count what went wrong with a process; its end is one, and so is to be told to go."""
    return process.steps.troubles + process.steps.dead + process.draining.is_set()


def holds(machine: type[Machine], world: World, *, few: int = 20) -> None:
    """Let a machine run a few examples, or as many as one asked for."""
    machine.world = world
    run_state_machine_as_test(machine, settings=settings(SETTINGS, max_examples=EXAMPLES or few))
