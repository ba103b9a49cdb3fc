"""What every state machine has: processes that die and come again, time, and a fickle broker."""

import asyncio
from typing import Any, ClassVar, Final, TypeVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from shared.problems import Away
from tests.simulation.fate import Fate, Fault
from tests.simulation.profile import SETTINGS
from tests.simulation.world import Process, World

FAULTS: Final = st.none() | st.builds(Fault, st.integers(0, 9), st.sampled_from(Fate))
WHICH: Final = st.integers(0, 7)
"""Which of several, counted round and round."""

T = TypeVar("T")
P = TypeVar("P", bound=Process)


class Machine(RuleBasedStateMachine):
    """One example: a world that was emptied, and what befalls it."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.begin()
        self.processes: list[Process] = []

    @rule(process=WHICH)
    def restart(self, process: int) -> None:
        """Kill it wherever it is, and start another in its place."""
        place = process % len(self.processes)
        old = self.processes[place]
        self.told(old, "killed")
        old.end()
        self.processes[place] = self.another(old)

    @rule(process=WHICH)
    def wake(self, process: int) -> None:
        """Let what hangs or sleeps go on, however late it is."""
        self.pick(self.processes, process).steps.wake()
        self.world.settle()

    @rule(seconds=st.sampled_from([0.3, 1.0, 3.0, 10.0, 100.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.world.settle(seconds)

    @rule(seconds=st.sampled_from([-4000.0, -30.0, 30.0, 4000.0]))
    def set_the_databases_clock(self, seconds: float) -> None:
        """Let the database's clock jump, forward or back."""
        self.world.skew += seconds

    @rule()
    def forget_ids(self) -> None:
        """Let the broker lose its window of de-duplication."""
        self.world.broker.forget_ids()

    @rule(away=st.booleans())
    def lose_the_broker(self, away: bool) -> None:
        """Let the broker go, or come again."""
        self.world.broker.away = away

    def another(self, old: Process) -> Process:
        """Start a process in place of one that is gone."""
        return type(old)(self.world, old.name)

    def pick(self, several: list[T], which: int) -> T:
        """Choose one."""
        return several[which % len(several)]

    def alive(self, process: int) -> Process:
        """Choose a process; one that died is started again."""
        place = process % len(self.processes)
        if not self.processes[place].is_alive:
            self.restart(place)
        return self.processes[place]

    def told(self, process: Process, how: str) -> None:
        """Write down for readers of a failure what a process did."""
        note(f"{process.name} {how}: {'; '.join(process.steps.trail[-40:])}")

    def only_away(self, task: "asyncio.Task[Any]") -> None:
        """See that something raised nothing but what a missing server raises."""
        if task.done() and not task.cancelled() and task.exception() is not None:
            assert isinstance(task.exception(), Away), repr(task.exception())

    def heal(self) -> None:
        """End all trouble: what slept goes on, what died is started, the broker is there."""
        self.world.broker.away = False
        for place in range(len(self.processes)):
            self.wake(place)
            self.alive(place)
        self.world.settle(100)

    def teardown(self) -> None:
        """Hold it to what must be true in the end, then let everything go."""
        try:
            self.heal()
            self.ends_well()
        finally:
            for process in self.processes:
                self.told(process, "ends")
                process.end()

    def ends_well(self) -> None:
        """See that nothing was lost and nobody waits."""
        raise NotImplementedError


def holds(machine: type[Machine], world: World) -> None:
    """Let a machine run as many examples as the profile says."""
    machine.world = world
    run_state_machine_as_test(machine, settings=SETTINGS)
