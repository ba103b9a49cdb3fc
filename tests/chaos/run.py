"""One run: a mesh, a crowd, fault after fault, and the findings when all is quiet."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tests.chaos import effects, rows, runs
from tests.chaos.balance import Balance
from tests.chaos.counts import Counts
from tests.chaos.faults import Injector
from tests.chaos.load import Crowd
from tests.chaos.outcome import Entry, Findings, Outcome, Plan
from tests.chaos.reading import Reader
from tests.chaos.recovery import Visitor, Watch, until_settled
from tests.chaos.repeats import Repeats
from tests.chaos.rig import Rig, rig
from tests.chaos.schedule import Choice, Fault, schedule
from tests.chaos.struck import NotThere, Stayed
from tests.chaos.wishes import Wishes
from tests.waiting import until_found

QUIET_WITHIN: Final = 300.0
_WARM: Final = 100
"""Events after which the first fault may come."""

Tell = Callable[[str], None]


@dataclass
class Run:
    """The parts of one run."""

    plan: Plan
    rig: Rig
    http: httpx.AsyncClient
    """The people's."""
    wishes: Wishes
    visitor: Visitor
    tell: Tell
    began: float
    enough: asyncio.Event
    """Set when somebody wants the findings now."""

    async def go(self) -> Outcome:
        """Do it all."""
        crowd = Crowd(self.http, self.rig.gateways, self.wishes, self.plan.people, self.plan.seed)
        async with asyncio.TaskGroup() as group:
            living = group.create_task(crowd.live())
            await until_found(self._is_warm, within=120)
            entries = [entry async for entry in self._faults()]
            crowd.stopping.set()
            self._say("no more faults; everybody ends what they have begun")
            await living
        busy = await self._until_quiet()
        self._say("quiet; reading every stream, every table and every document")
        findings = await self._compare(crowd, busy)
        return Outcome(self.plan, entries, findings, time.time() - self.began)

    async def _faults(self) -> AsyncIterator[Entry]:
        """Strike until there were enough faults and enough events."""
        for fault in self._drawn():
            events = await self._events()
            is_enough = fault.number > self.plan.faults and events >= self.plan.events
            if is_enough or self.enough.is_set():
                return
            await self._until_well(fault)
            try:
                entry = await self._strike(fault)
            except (NotThere, Stayed) as refused:
                self.wishes.surprises.append(f"fault {fault.number}: {refused!r}")
                self._say(f"{fault.number:>4}  ! {refused!r}")
                continue
            self._say(f"{fault.number:>4}  {entry.line}  {events:>7,} events")
            yield entry
            await asyncio.sleep(fault.luck)

    async def _until_well(self, fault: Fault) -> None:
        """Wait for everybody before the next fault; who stays away is told of, and gone on without.

        A process that never comes back by itself is what this rig is here to find.
        """
        try:
            await self.rig.until_whole()
            await until_settled(self.rig)
        except TimeoutError as late:
            self.wishes.surprises.append(f"before fault {fault.number}: {late}")
            self._say(f"! {late}")
        await self.visitor.renew()

    def _drawn(self) -> Iterator[Fault]:
        choice = Choice(self.plan.targets, self.plan.ways)
        return schedule(self.plan.seed, self.rig.services, self.rig.doubled, choice)

    async def _strike(self, fault: Fault) -> Entry:
        before, repeated = await self._look(), await self._repeated(fault.target)
        struck = await Injector(self.rig, self.plan.hold).strike(fault)
        at_end = await self.rig.counter.look() or before
        recovery = await Watch(self.rig, self.visitor, struck, at_end).until_recovered()
        if struck.lasting is not None:
            await struck.lasting
        again = runs.more(repeated, await self._repeated(fault.target))
        return Entry(struck, recovery, before, await self._look(), again)

    async def _repeated(self, target: str) -> runs.Repeated:
        if target not in self.rig.services:
            return {}
        return await runs.repeated(self.visitor.http, self.rig, target)

    async def _look(self) -> Counts:
        while (counts := await self.rig.counter.look()) is None:
            await asyncio.sleep(0.2)
        return counts

    async def _events(self) -> int:
        return (await self._look()).events

    async def _is_warm(self) -> bool:
        return await self._events() > _WARM

    async def _until_quiet(self) -> list[str]:
        """Wait until nothing is left to do; say what still is when that takes too long."""
        ends = time.monotonic() + QUIET_WITHIN
        while busy := await effects.still_busy(self.rig):
            if time.monotonic() > ends:
                return busy
            await asyncio.sleep(1)
        return []

    async def _compare(self, crowd: Crowd, busy: list[str]) -> Findings:
        found = await effects.read(self.rig)
        subjects = {
            durable: str(subject)
            for manifest in self.rig.mesh.manifests.values()
            for durable, subject in manifest.durables.items()
        }
        persons = {one.email: one for one in crowd.persons}
        return Findings(
            accounts=await Balance(self.rig, self.wishes, found).accounts(),
            complaints=[
                *(f"still busy: {one}" for one in busy),
                *await rows.stale(self.rig, self.wishes),
                *await Reader(self.wishes, persons).complaints(),
                *(f"{one} ({n} times)" for one, n in Counter(self.wishes.surprises).items()),
            ],
            dead=found.dead,
            stored=(await self._look()).stored,
            statuses=self.wishes.statuses,
            wishes=len(self.wishes.all),
            repeats=Repeats.of(found.told),
            subjects=subjects,
        )

    def _say(self, line: str) -> None:
        self.tell(f"{time.time() - self.began:7.1f} s  {line}")


async def run(plan: Plan, directory: Path, tell: Tell) -> Outcome:
    """Run a plan in a directory of its own; SIGUSR1 ends the faults early, and compares."""
    began = time.time()
    tell(f"seed {plan.seed}: starting a mesh with second replicas in {directory}")
    wishes = Wishes(directory / "wishes.jsonl")
    many = httpx.Limits(max_connections=None, max_keepalive_connections=4 * plan.people)
    async with (
        rig(directory, plan.brokers) as made,
        httpx.AsyncClient(timeout=4, trust_env=False) as own,
        httpx.AsyncClient(timeout=20, limits=many, trust_env=False) as http,
    ):
        visitor = await Visitor.admitted(own, made, wishes)
        enough = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, enough.set)
        return await Run(plan, made, http, wishes, visitor, tell, began, enough).go()
