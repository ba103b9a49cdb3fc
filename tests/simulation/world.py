"""Where simulated processes live: one real database, one simulated broker, one clock."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from structlog.testing import capture_logs

from shared.database import Database
from shared.relay import Relay
from tests.servers import Postgres
from tests.simulation.broker import Link, SimulatedBroker
from tests.simulation.clock import VirtualLoop
from tests.simulation.fate import Fault, Steps
from tests.simulation.truth import EPOCH, Truth
from tests.simulation.wire import Traffic, Wire

HOST: Final = "127.0.0.1"
PATIENCE: Final = 60.0
"""Real seconds in which everything ends that a killed process was at."""
DRAIN: Final = 20.0
"""Seconds that a process has to finish what it has in hand, as in `shared/settings.py`."""

T = TypeVar("T")


class World:
    """Made once, emptied for every example."""

    def __init__(self, postgres: Postgres) -> None:
        self.truth = Truth(postgres)
        self.traffic = Traffic()
        self.port = postgres.server.port
        self._told = -1.0
        self._runner = asyncio.Runner(loop_factory=self._loop)
        self.loop: VirtualLoop
        self.run(_nothing())
        self.broker = SimulatedBroker(self.loop.time, epoch=EPOCH)
        self.skew = 0.0
        """By how much the database's clock is ahead of everybody's."""

    def begin(self) -> None:
        """Forget all that was."""
        self.truth.forget()
        self.broker = SimulatedBroker(self.loop.time, epoch=EPOCH)
        self.skew = 0.0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in virtual time."""
        with capture_logs():
            return self._runner.run(work)

    def settle(self, seconds: float = 0.0) -> None:
        """Let time pass, and everything happen that can in it."""
        self.run(self.loop.pass_time(seconds))

    def sync(self) -> None:
        """Tell the database the time, if it has moved."""
        now = self.loop.time() + self.skew
        if now != self._told:
            self.truth.set_clock(now)
            self._told = now

    def close(self) -> None:
        """End it."""
        self._runner.close()
        self.truth.close()

    def _loop(self) -> VirtualLoop:
        self.loop = VirtualLoop(lambda: bool(self.traffic.working), self._is_stuck)
        self.loop.set_task_factory(_task)
        return self.loop

    def _is_stuck(self) -> bool:
        """Say whether the server will answer nobody without another's doing."""
        working = set(self.traffic.working.values())
        return 0 not in working and working <= self.truth.waiting()


@dataclass(slots=True)
class Process:
    """One process of a service, which may die, or be told to go, at any of its steps."""

    world: World
    name: str
    steps: Steps = field(init=False)
    link: Link = field(init=False)
    wire: Wire = field(init=False)
    database: Database = field(init=False)
    relay: Relay = field(init=False)
    tasks: set["asyncio.Task[Any]"] = field(default_factory=set)
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    stops: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What ends in order when it goes, after what it was asked is done."""
    told: list[Callable[[], None]] = field(default_factory=list)
    """Called when it is told to go."""
    gone_well: list[Callable[[], None]] = field(default_factory=list)
    """Called when it has gone in time, and nothing went wrong since it was told to."""
    _in_hand: set["asyncio.Task[Any]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        world = self.world
        self.steps = Steps(self.die, self.go)
        self.link = Link(world.broker, self.steps)
        truth = world.truth
        self.wire = Wire(HOST, world.port, self.steps, world.traffic, world.sync, truth.until_gone)
        world.run(self._start())
        self.relay = Relay(self.database, self.link)

    @property
    def is_alive(self) -> bool:
        return not self.steps.dead

    def do(self, work: Coroutine[Any, Any, T], fault: Fault | None = None) -> "asyncio.Task[T]":
        """Begin something, and let it come as far as it can without time passing."""
        self.steps.arm(fault)
        task = self.world.run(self._begin(work, self._in_hand))
        self.world.settle()
        return task

    def beside(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Begin something that goes on until the end, which nobody waits for."""
        task = self.world.run(self._begin(work, set()))
        self.world.settle()
        return task

    def go(self) -> None:
        """Go as SIGTERM tells it to: take nothing new, finish what is in hand, and be gone."""
        if not self.draining.is_set():
            self.draining.set()
            for told in self.told:
                told()

    def die(self) -> None:
        """End as `kill -9` ends: nothing more reaches anybody."""
        if self.steps.dead:
            return
        self.steps.dead = True
        self.steps.wake()
        self.wire.cut()
        for task in tuple(self.tasks):
            task.cancel()

    def end(self) -> None:
        """Die, and see that nothing is left."""
        self.die()
        self.world.run(self._bury())

    async def _start(self) -> None:
        port = await self.wire.open()
        url = self.world.truth.url.replace(f":{self.world.port}/", f":{port}/")
        self.database = await Database.connect(url, source=self.name)
        await self.database.ping()
        await self._begin(self._leave(), set())

    async def _begin(
        self, work: Coroutine[Any, Any, T], among: set["asyncio.Task[Any]"]
    ) -> "asyncio.Task[T]":
        token = _owner.set(self)
        try:
            task = asyncio.create_task(work)
        finally:
            _owner.reset(token)
        among.add(task)
        task.add_done_callback(among.discard)
        return task

    async def _leave(self) -> None:
        """Drain when told to, in the order in which `Bus.stop` does, and no longer than it may."""
        await self.draining.wait()
        calm, troubles = not self.steps.stands, self.steps.troubles
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN):
                while self._in_hand:
                    await asyncio.wait(self._in_hand)
                for stop in self.stops:
                    await stop()
                if calm and self.steps.troubles == troubles:
                    for gone_well in self.gone_well:
                        gone_well()
        self.die()

    def owns(self, task: "asyncio.Task[Any]") -> None:
        """Take a task as its own, which ends with it."""
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        if not self.is_alive:
            task.cancel()

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever began it looks at it, or does not care

    async def _bury(self) -> None:
        """Cancel until it helps: what tidies up may have to learn that its server is gone."""
        deadline = time.monotonic() + PATIENCE
        while self.tasks:
            for one in tuple(self.tasks):
                one.cancel()
            await asyncio.sleep(0)
            assert time.monotonic() < deadline, f"they outlive their process: {self.tasks}"
        await self.database.close()


_owner: ContextVar[Process | None] = ContextVar("owner", default=None)
"""Whose work is done: what a process's task begins is its own too, and goes when it is killed."""


def _task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T] | Generator[Any, None, T],
    **more: Any,
) -> "asyncio.Future[T]":
    task = asyncio.Task(work, loop=loop, **more)
    owner = _owner.get()
    if owner is not None:
        owner.owns(task)
    return task


async def _nothing() -> None:
    """Make the loop begin."""
